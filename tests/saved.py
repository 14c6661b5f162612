"""A small article page as a site would serve it."""

URL = "https://daily.example.org/2026/11/harga-beras"
TEXT = "Harga beras naik lagi pada pekan ini, kata pedagang di pasar induk. " * 6
PAGE = f"""<!doctype html><html lang="id"><head><title>Harga beras naik | Daily</title>
<meta property="og:title" content="Harga beras naik"><meta property="og:site_name" content="Daily">
<link rel="canonical" href="{URL}">
<meta property="article:published_time" content="2026-11-02T01:15:00+07:00">
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Harga beras naik",
"author": {{"name": "Ani Lestari"}}}}</script></head>
<body><article><h1>Harga beras naik</h1><p>{TEXT}</p><p>{TEXT}</p></article></body></html>""".encode()
