"""Settings come from four places, the later wins, and mistakes are named."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import SettingsError
from crawler.settings import default_database, known, load
from crawler.version import __version__


def write(tmp_path, text):
    path = tmp_path / "kabar.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_later_place_wins(tmp_path):
    path = write(tmp_path, 'database = "sqlite:///file.db"\n[fetch]\ntimeout = 5\nhost_delay = 2\n')
    loaded = load(
        config=path,
        environment={"KABAR_FETCH__TIMEOUT": "6", "KABAR_FETCH__HOST_DELAY": "3"},
        flags={"fetch.host_delay": 4, "fetch.allow_private": None},
    )
    assert loaded.settings.database_url == "sqlite:///file.db"
    assert loaded.settings.fetch.timeout == 6
    assert loaded.settings.fetch.host_delay == 4
    assert loaded.origins["fetch.timeout"] == "KABAR_FETCH__TIMEOUT"
    assert loaded.origins["fetch.host_delay"] == "--host-delay"
    assert loaded.origins["database"] == str(path)


def test_the_file_in_the_working_directory_is_found(tmp_path):
    write(tmp_path, "[pool]\nworkers = 3\n")
    assert load(environment={}, directory=tmp_path).settings.pool.workers == 3
    assert load(environment={}, directory=tmp_path / "elsewhere").settings.pool.workers == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fetch]\ntimout = 5", "fetch.timout: unknown setting; did you mean fetch.timeout?"),
        ("fetch = 3", "fetch: unknown setting; did you mean the section [fetch]?"),
        ("fetsh = 3", "fetsh: unknown setting; did you mean the section [fetch]?"),
        ("[web]\nport = 99999", "web.port: must be at most 65535, not 99999"),
        ("[fetch]\ntimeout = 'soon'", "fetch.timeout: 'soon' is not a number"),
        ("[fetch]\ntimeout = 0", "fetch.timeout: must be at least 0.1, not 0"),
        ("[pool]\nworkers = 1.5", "pool.workers: 1.5 is not a whole number"),
        ("[fetch]\nallow_private = 'perhaps'", "fetch.allow_private: 'perhaps' is not true or false"),
        ("[log]\nlevel = 'loud'", "log.level: must be one of debug, info, warning, error, not 'loud'"),
        ("[fetch]\nproxy = 'socks5://proxy:1'", "fetch.proxy: must be an address like http://proxy:3128"),
        ("[fetch]\nuser_agent = 'k\u00e4bar'", "fetch.user_agent: must be one line of plain ASCII"),
        ("database = 3", "database: 3 is not text"),
        ("[revisit]\nafter = []", 'revisit.after: must be spans like "1h 6h 24h 7d", or none, not []'),
        ("[revisit]\nafter = [1]", "revisit.after: [1] is not text"),
        ("fetch = 3", "fetch: unknown setting"),
        ("[poll]\nmin_interval = 100\nmax_interval = 50", "poll.min_interval: must not be longer than"),
        ("[fetch\n", "TOML: cannot be understood"),
        ("[fetch]\ncontact = me", 'at line 2, column 11); put texts in quotes: contact = "..."'),
        ("contact = me@x.org # 'c'", 'put texts in quotes: contact = "..."'),
        ("database = sqlite:///a.db # here", 'put texts in quotes: database = "..."'),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load(config=path, environment={})
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value).strip()


BARE = ("host_delay = 1,5", "host_delay = -1,5", "since = 2026-13-45", "keep = True", "keep = false, true")


@pytest.mark.parametrize(
    "text", ["[fetch\n", "database = 'a", "tags = [a", "just text", "a = 1\na = 2\n", *BARE]
)
def test_quotes_are_told_of_only_where_they_are_missing(tmp_path, text):
    with pytest.raises(SettingsError) as caught:
        load(config=write(tmp_path, text), environment={})
    assert "put texts in quotes" not in str(caught.value)


def test_a_file_is_no_variable_whatever_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("KABAR_prod.toml").write_text("[fetch]\nhost_dely = 3\n")
    with pytest.raises(SettingsError, match=r"did you mean fetch\.host_delay\?$"):
        load(config=Path("KABAR_prod.toml"), environment={})


def test_a_file_that_is_no_text_is_named(tmp_path):
    path = tmp_path / "kabar.toml"
    path.write_bytes(b"\x80\x81\x00")
    with pytest.raises(SettingsError, match=r"TOML: cannot be understood: it is no text in UTF-8$"):
        load(config=path, environment={})


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load(config=tmp_path / "missing.toml", environment={})


def test_a_secret_can_stand_in_a_file(tmp_path):
    secret = tmp_path / "database"
    secret.write_text("postgresql://kabar:secret@db/kabar\n")
    loaded = load(environment={"KABAR_DATABASE_FILE": str(secret)}, directory=tmp_path)
    assert loaded.settings.database == "postgresql://kabar:secret@db/kabar"
    with pytest.raises(SettingsError, match="KABAR_DATABASE_FILE"):
        load(environment={"KABAR_DATABASE_FILE": str(tmp_path / "none")}, directory=tmp_path)


def test_an_unknown_variable_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"KABAR_FETCH__TIMOUT: fetch\.timout: unknown setting"):
        load(environment={"KABAR_FETCH__TIMOUT": "5"}, directory=tmp_path)
    for name, told in (("FETCH_HOST_DELAY", "KABAR_FETCH__HOST_DELAY"), ("FETSH", "KABAR_FETCH__...")):
        with pytest.raises(SettingsError, match=rf"unknown setting; did you mean {re.escape(told)}\?$"):
            load(environment={f"KABAR_{name}": "5"}, directory=tmp_path)


def test_every_setting_is_explained():
    assert all(len(item.help) > 10 for item in known().values())
    assert default_database().startswith("sqlite:///")


@given(st.sampled_from(sorted(known())), st.text(max_size=30).filter(lambda text: "\0" not in text))
def test_any_text_is_taken_or_refused_in_one_line(key, text):
    variable = "KABAR_" + key.upper().replace(".", "__")
    with contextlib.suppress(SettingsError):
        load(environment={variable: text}, flags={})


@pytest.mark.parametrize("contact", ["news@example.org", "https://example.org/bot"])
def test_the_contact_makes_the_user_agent(contact):
    made = load(environment={"KABAR_FETCH__CONTACT": contact}).settings.fetch
    assert made.user_agent == f"kabar/{__version__} (+{contact})"
    own = load(environment={"KABAR_FETCH__CONTACT": contact, "KABAR_FETCH__USER_AGENT": "mine"}).settings
    assert own.fetch.user_agent == "mine"
    assert "no contact set" in load(environment={}).settings.fetch.user_agent


@pytest.mark.parametrize("contact", ["me", "mailto:a@b", "a b@c", "x@y\nEvil: 1", "ftp://x"])
def test_a_contact_is_an_address(contact):
    with pytest.raises(SettingsError, match=r"fetch\.contact"):
        load(environment={"KABAR_FETCH__CONTACT": contact})
