"""The documents as a site: every page is laid out, and the built one needs no other host.

`make docs` builds it, with warnings as errors. Tests of the built site are skipped where that has not been done.
"""

import contextlib
import functools
import importlib.util
import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from chainrule.cli import COMMANDS

CHECKOUT: Final = Path(__file__).parents[1]
SCRIPT: Final = CHECKOUT / "docs" / "site" / "pages.py"
BUILT: Final = CHECKOUT / "output" / "site"
LINK: Final = re.compile(r"\]\(<?([^)\s>#]+)")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_pages", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def laid_out(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "source"
    script.lay_out(folder)
    return folder


@pytest.fixture(scope="module")
def settings(laid_out: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((laid_out / "mkdocs.yml").read_text("utf-8"))
    return read


def test_every_document_stands_in_the_navigation_once(script: ModuleType, settings: dict[str, Any]) -> None:
    named = [str(path) for path in script.paths(settings["nav"])]
    documents = {
        str(path.relative_to(CHECKOUT)) for path in [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]
    }
    assert len(named) == len(set(named))
    assert documents <= set(named)


def test_the_navigation_has_the_four_kinds_and_the_gallery(settings: dict[str, Any]) -> None:
    kinds = [title for entry in settings["nav"] for title in entry]
    assert kinds[1:6] == ["Tutorial", "How to", "Reference", "Explanation", "Gallery"]


def test_every_page_in_the_navigation_is_laid_out(
    script: ModuleType, settings: dict[str, Any], laid_out: Path
) -> None:
    pages = [script.page_of(path) for path in script.paths(settings["nav"])]
    assert [page for page in pages if not (laid_out / "pages" / page).exists()] == []


def test_every_module_has_a_page_of_its_docstrings(laid_out: Path) -> None:
    asked = {
        name
        for page in (laid_out / "pages").rglob("*.md")
        for name in re.findall(r"^::: (\S+)$", page.read_text("utf-8"), re.MULTILINE)
    }
    there = {
        ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")
        for init in CHECKOUT.glob("*/__init__.py")
        if init.parent.name not in ("tests", "benchmarks")
        for path in init.parent.rglob("*.py")
        if (path.parent / "__init__.py").exists() and path.stem != "__main__"
    }
    assert asked == there
    assert {"core.activations", "reports.figures.search_course"} <= asked


def test_the_page_of_commands_has_every_command_and_what_its_help_says(laid_out: Path) -> None:
    page = (laid_out / "pages" / "commands.md").read_text("utf-8")
    assert [f"chainrule {command.__name__}" for command in COMMANDS] == re.findall(
        "^## (.+)$", page, re.MULTILINE
    )
    assert (
        "| `--dry-run` | Check the file, print the plan and its estimated cost, and write nothing. |" in page
    )


def test_every_link_of_a_page_leads_to_a_page_or_a_file_of_the_site(laid_out: Path) -> None:
    pages = laid_out / "pages"
    dead = [
        f"{page.relative_to(pages)}: {link}"
        for page in pages.rglob("*.md")
        if "\n::: " not in (text := page.read_text("utf-8"))
        for link in LINK.findall(
            re.sub(r"^(`{3,}).*?^\1|`[^`\n]+`", "", text, flags=re.MULTILINE | re.DOTALL)
        )
        if not re.match("[a-z]+:", link) and not (page.parent / link).exists()
    ]
    assert dead == []


def test_formulas_are_markup_in_which_markdown_finds_nothing(script: ModuleType, laid_out: Path) -> None:
    pages = [laid_out / "pages" / "docs" / f"{name}.md" for name in ("errata", "backpropagation_checked")]
    text = "".join(page.read_text("utf-8") for page in pages)
    assert "$`" not in text
    assert "```math" not in text
    assert text.count("<math") > 100
    assert script.untouched("<mi>a_1</mi><mo>*</mo><mo>&#x2062;</mo>") == (
        "<mi>a&#95;1</mi><mo>&#42;</mo><mo>&#x2062;</mo>"
    )


def test_a_link_that_leads_nowhere_ends_the_laying_out(
    script: ModuleType, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(script, "CHECKOUT", tmp_path)
    (tmp_path / "page.md").write_text("`[a](code.md)` [b](page.md) [c](gone.md)")
    with pytest.raises(SystemExit, match=r"^page.md: the link gone.md leads nowhere$"):
        script.document_page(Path("page.md"), set())


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Path:
    if not (BUILT / "index.html").exists():
        if os.environ.get("CHAINRULE_REQUIRE_BROWSER"):
            pytest.fail("make docs has not built the site, and CHAINRULE_REQUIRE_BROWSER forbids skipping")
        pytest.skip("make docs has not built the site, so it was not opened in a browser")
    return BUILT


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_no_page_of_the_site_names_anything_of_another_host_to_load(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|iframe|link)\b[^>]*(?:src|href)=[\"']?(https?://[^\"'\s>]+)")
    assert {url for page in site.rglob("*.html") for url in loads.findall(page.read_text("utf-8"))} == set()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_the_site_reads_at_any_width_in_either_scheme_and_asks_no_other_host(
    browser, served: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(color_scheme=scheme)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    for name in ("index", "docs/errata", "docs/digits/report", "core/activations"):
        page.goto(f"{served}/{name}.html")
        for width in (390, 820, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
    shade = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number)[0]")
    assert (shade < 60) is (scheme == "dark")
    page.add_style_tag(content="* { transition: none !important }")  # what fades in is there
    contrast = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert contrast.violations_count == 0, contrast.generate_report()
    assert {url for url in asked if not url.startswith((served, "data:"))} == set()
    assert errors == []
    page.close()


@pytest.mark.parametrize("by", ["server", "file"])
def test_a_word_is_found_by_the_search_of_the_site(browser, site: Path, served: str, by: str) -> None:
    from playwright.sync_api import TimeoutError as TooLate

    page = browser.new_page()
    page.goto(f"{served if by == 'server' else site.resolve().as_uri()}/docs/gallery.html")
    entry = page.get_by_role("combobox", name="Search", include_hidden=True)
    entry.wait_for(state="attached")
    for _ in range(20):  # a key that comes before the script listens is lost
        page.keyboard.press("Control+k")
        with contextlib.suppress(TooLate):
            entry.wait_for(timeout=500)
            break
    entry.fill("hyperband")
    page.get_by_text("[pruner]").first.wait_for()
    page.close()
