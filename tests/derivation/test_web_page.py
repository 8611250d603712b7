"""The page: whole, without script or address, with every formula as MathML; and as Chromium shows it."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from derivation.corrections import corrections
from derivation.passages import Checks, Formula, Heading, Quantities, Sentences
from derivation.question import ask
from derivation.walk import walk
from derivation.web_page import web_page

pytestmark = pytest.mark.xdist_group("pages")

PAGES = {
    "default": walk(ask()),
    "softmax": walk(ask((3, 4, 3), activation="gelu", cost="log_likelihood")),
    "deep": walk(ask((2, 3, 3, 1), activation="leaky_relu", cost="hellinger", output="sigmoid")),
    "chain": walk(ask((1, 1, 1), x=[-1], target=[0.25], weights=[-0.3, 1.5])),
    "errata": corrections(),
}


class Outline(HTMLParser):
    """Tags that are open, all tags, and what they are called."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("blocks", PAGES.values(), ids=PAGES.keys())
def test_a_page_is_whole_and_holds_no_script_and_no_address(blocks: Any) -> None:
    text = web_page(blocks)
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    tags = [tag for tag, _ in outline.seen]
    assert not set(tags) & {"script", "img", "link", "iframe", "object"}
    assert tags.count("h1") == 1
    assert not re.findall(r"https?://(?!www\.w3\.org/1998/Math/MathML)|url\(|@import|\son\w+=", text)
    names = [attributes["id"] for _, attributes in outline.seen if "id" in attributes]
    assert len(names) == len(set(names))
    for tag, attributes in outline.seen:
        if tag == "a":
            assert str(attributes["href"]).removeprefix("#") in names


@pytest.mark.parametrize("blocks", PAGES.values(), ids=PAGES.keys())
def test_every_formula_is_mathml_without_a_trace_of_latex(blocks: Any) -> None:
    text = web_page(blocks)
    body = text[text.index("<body>") :]
    assert "\\" not in body
    assert "$" not in body
    assert "&lt;" not in re.sub(r"<math .*?</math>", "", body)
    least = sum(
        (isinstance(block, Formula))
        + (len(block.items) if isinstance(block, Quantities | Checks) else 0)
        + (block.text.count("$") // 2 if isinstance(block, Sentences) else 0)
        for block in blocks
    )
    assert body.count("<math ") >= least


def test_a_stop_stays_with_the_formula_before_it() -> None:
    text = web_page([Heading("b", 1), Sentences("At $a$, or ($b$).")])
    assert text.count('<span class="whole"><math ') == 2
    assert "</math>,</span> or (" in text
    assert "</math>).</span></p>" in text


def test_what_a_sentence_says_is_escaped() -> None:
    text = web_page([Heading("<b>", 1), Sentences("1 < 2 & $a < b$")])
    assert "<b>" not in text
    assert "1 &lt; 2 &amp; <math" in text


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    for name, blocks in PAGES.items():
        (folder / f"{name}.html").write_text(web_page(blocks), "utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_it_asks_for_nothing_and_does_not_scroll_sideways(
    browser: Any, addresses: dict[str, str], name: str
) -> None:
    page = browser.new_page()
    noticed: list[str] = []
    page.on("request", lambda request: noticed.append(request.url))
    page.on("console", lambda message: noticed.append(message.text))
    page.goto(addresses[name])
    assert noticed == [addresses[name]]
    for width in (320, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.close()


@pytest.mark.parametrize(
    ("name", "scheme", "width"), [("chain", "light", 320), ("errata", "dark", 1280), ("chain", "dark", 1920)]
)
def test_axe_finds_no_barrier(
    browser: Any, addresses: dict[str, str], name: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto(addresses[name])
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()


def test_a_formula_is_laid_out_as_mathematics(browser: Any, addresses: dict[str, str]) -> None:
    page = browser.new_page()
    page.goto(addresses["default"])
    above, below = page.evaluate(
        "[...document.querySelector('mfrac').children].map(part => part.getBoundingClientRect().top)"
    )
    assert above < below
    page.close()
