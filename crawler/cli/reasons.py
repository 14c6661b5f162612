"""What the reason codes of entries mean, in words that continue "because ..."."""

_WORDS = {
    # judged
    "same_url": "an article with this URL was there already",
    "same_canonical": "its page names the canonical URL of an article that was there already",
    "same_text": "an article of this site with the same title and text was there already",
    "older_text": "a newer text of this article was there already",
    "syndicated": "another outlet had published the same text before",
    "near": "another outlet had published much the same text before",
    "not_modified": "its line changed, but its page did not",
    "pruned": "an article with this URL was kept for as long as the settings say, and deleted",
    # refused as no article
    "no_title": "no title could be found",
    "no_text": "neither the page nor the feed had a text",
    "not_found": "the page said that there is nothing here, although with status 200",
    "blocked": "the site put a wall in front of the article (a cookie, robot or payment page)",
    "empty_page": "the page was empty",
    "part_missing": "one of its pages could not be had, and what is kept is more",
    "front_page": "it is the front page of a site",
    # the way there
    "timeout": "the server did not answer in time",
    "dns": "the host name could not be resolved",
    "tls": "no secure connection could be made (a bad certificate?)",
    "proxy": "the proxy did not let it through",
    "connection_refused": "the server refused the connection",
    "connection_reset": "the server broke off the connection",
    "connection_failed": "the connection failed",
    "bad_http": "the answer was not HTTP",
    "bad_redirect": "the server redirected without saying where to",
    "too_many_redirects": "the server redirected too often",
    "empty_body": "the server answered without a document",
    "headers_too_large": "the answer's headers were too large",
    # refused by us
    "robots": "the site's robots.txt does not allow it",
    "robots_unavailable": "the site's robots.txt could not be read",
    "private_address": "it leads to a private address (--allow-private permits that)",
    "bad_scheme": "it is neither http nor https",
    "bad_url": "it is no usable address",
    "bad_encoding": "its body could not be decoded",
    "too_large": "the document was larger than the settings allow",
    "oversize": "the document was larger than kabar reads",
    "endless_scripts": "its scripts never came to an end",
    # this machine
    "no_impersonation": "the library to imitate a browser was missing (or did not know that browser)",
    "no_browser": "there was no browser to run its scripts; `kabar doctor` says what to install",
    "browser_crash": "the browser that ran its scripts crashed, and was begun anew",
    # reading
    "reader_timeout": "reading the page took too long and was ended",
    "reader_crash": "reading the page crashed the reader, which was started anew",
    "pdf": "it is a PDF file",
    "image": "it is an image",
    "bug": "of a defect in kabar; the log has its traceback",
}


def explained(reason: str | None) -> str:
    """Return a reason code in words; a code that is not known here reads as it is."""
    if not reason:
        return "no reason was noted"
    code, _, rest = reason.partition(":")
    if code.startswith("http_"):
        return f"the server answered {code.removeprefix('http_')}{_meaning(code)}"
    return _WORDS.get(code, code.replace("_", " ")) + (f" ({rest.strip()})" if rest.strip() else "")


_STATUS = {
    "http_401": "it wants a password",
    "http_403": "access refused",
    "http_404": "not found",
    "http_410": "gone for good",
    "http_429": "asked too often",
    "http_451": "not available for legal reasons",
}


def _meaning(code: str) -> str:
    words = _STATUS.get(code, "a fault of its own" if code.startswith("http_5") else "")
    return f" ({words})" if words else ""
