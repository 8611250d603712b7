"""Lays the documents out as the pages of a site, for `make docs` to build: python docs/site/pages.py FOLDER.

Pages lie as files do in the checkout, so links between documents stay as they are. A module has a page of its
docstrings; any other file or folder that a document links has a page that shows it. Formulas become MathML, which
needs no script. `docs/site/settings.toml` says which document is of which kind.
"""

import json
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import typer

from chainrule.cli import app
from chainrule.what_to_type import EXAMPLES
from derivation.web_page import mathml

CHECKOUT: Final = Path(__file__).resolve().parents[2]
SETTINGS: Final = CHECKOUT / "docs" / "site" / "settings.toml"
PROJECT: Final = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
ROOMS: Final[list[str]] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
AS_THEY_ARE: Final = (".css", ".csv", ".js", ".parquet", ".png", ".svg")
LANGUAGES: Final = {".py": "python", ".toml": "toml"}
PART: Final = re.compile(
    r"^```math\n(?P<block>.*?)^```$"
    r"|\$`(?P<inline>[^`]+)`\$"
    r"|(?P<code>^(?P<fence>```+).*?^(?P=fence)$|`[^`\n]+`)"
    r"|(?P<before>\]\(<?|(?:src|href)=\")(?P<link>[^)\s>\"]+)",
    re.MULTILINE | re.DOTALL,
)
Nav = list[dict[str, Any]]


def lay_out(folder: Path) -> None:
    """Write Zensical's settings, and pages in place of those that are there, into a folder."""
    shutil.rmtree(folder / "pages", ignore_errors=True)
    settings = tomllib.loads(SETTINGS.read_text("utf-8"))["project"]
    pages = {path: module_page(path) for room in ROOMS for path in paths(modules(Path(room)))}
    pages[Path("commands.md")] = commands_page()
    linked = {Path(path) for path in (*settings["extra_css"], *settings["extra"]["polyfills"])}
    for document in sorted({*paths(settings["nav"])} - {*pages, Path("modules")}):
        pages[page_of(document)] = document_page(document, linked)
    for path in sorted(linked):
        if path.suffix in AS_THEY_ARE:
            copy = folder / "pages" / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / path, copy)
        elif page_of(path) not in pages:
            pages[page_of(path)] = file_page(path)
    for page, text in pages.items():
        place = folder / "pages" / page
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    settings["nav"] = with_modules(settings["nav"])
    settings["plugins"]["mkdocstrings"]["handlers"]["python"]["paths"] = [str(CHECKOUT)]
    (folder / "mkdocs.yml").write_text(json.dumps(settings, indent=1), "utf-8")  # JSON is YAML


def page_of(path: Path) -> Path:
    """The page that shows a file or folder of the checkout, or the file itself where a browser shows that."""
    if path == Path("README.md"):
        return Path("index.md")
    if path.suffix in {".md", *AS_THEY_ARE}:
        return path
    if (CHECKOUT / path).is_dir():
        return path / "index.md"
    if path.suffix == ".py" and path.parts[0] in ROOMS:
        return path.with_name("index.md") if path.stem == "__init__" else path.with_suffix(".md")
    return path.with_name(f"{path.name}.md")


def modules(package: Path) -> Nav:
    """The pages of a package and its modules, found by walking it."""
    found: Nav = [{package.name: str(page_of(package))}]
    for path in sorted((CHECKOUT / package).iterdir()):
        inside = path.relative_to(CHECKOUT)
        if (path / "__init__.py").exists():
            found.append({path.name: modules(inside)})
        elif path.suffix == ".py" and not path.stem.startswith("__"):
            found.append({path.stem: str(page_of(inside))})
    return found


def with_modules(nav: Nav) -> Nav:
    """The navigation with the pages of all modules where it says so."""
    filled: Nav = []
    for entry in nav:
        ((title, below),) = entry.items()
        if below == "modules":
            below = [{room: modules(Path(room))} for room in sorted(ROOMS)]
        elif not isinstance(below, str):
            below = with_modules(below)
        filled.append({title: below})
    return filled


def paths(nav: Nav) -> Iterator[Path]:
    """The paths that a navigation names."""
    for entry in nav:
        for below in entry.values():
            yield from [Path(below)] if isinstance(below, str) else paths(below)


def module_page(page: Path) -> str:
    """The page of a module: its docstrings, gathered when the site is built, and its source."""
    path = page.with_suffix(".py") if page.stem != "index" else page.with_name("__init__.py")
    name = ".".join(page.with_suffix("").parts).removesuffix(".index")
    return f"# {name}\n\n::: {name}\n\n## Source {{ data-search-exclude }}\n\n{listing(path)}"


def file_page(path: Path) -> str:
    """A page that shows a file, or names what is in a folder."""
    if (CHECKOUT / path).is_dir():
        inside = "\n".join(sorted(one.name for one in (CHECKOUT / path).iterdir()))
        return f"# {path}\n\n```text\n{inside}\n```\n"
    return f"# {path}\n\n{listing(path)}"


def listing(path: Path) -> str:
    """A file as a block of code."""
    text = (CHECKOUT / path).read_text("utf-8").rstrip()
    return f"````{LANGUAGES.get(path.suffix, 'text')}\n{text}\n````\n"


def commands_page() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    group: Any = typer.main.get_command(app)
    front = typer.Context(group, info_name="chainrule")
    text = f"# Commands\n\n{group.help} `chainrule COMMAND --help` says the same as this page.\n"
    for name, command in group.commands.items():
        context = typer.Context(command, info_name=name, parent=front)
        usage = command.get_usage(context).removeprefix("Usage: ")
        text += f"\n## chainrule {name}\n\n```text\n{usage}\n```\n\n{command.help}\n\n| option | meaning |\n|---|---|\n"
        for parameter in command.get_params(context):
            if record := parameter.get_help_record(context):
                left, right = record
                meaning = " ".join(right.split()).replace("|", "\\|")
                text += f"| `{left}` | {meaning} |\n"
        examples = "\n".join(f"{line}  # {what}" for line, what in EXAMPLES[name])
        text += f"\n```sh\n{examples}\n```\n"
    return text


def document_page(path: Path, linked: set[Path]) -> str:
    """A document with formulas as MathML and links that lead to pages; adds what it links to the set."""

    def become(part: re.Match[str]) -> str:
        if part["block"]:
            formula = untouched(mathml(part["block"].strip(), "block"))
            return f'<div class="formula" tabindex="0">{formula}</div>'
        if part["inline"]:
            return untouched(mathml(part["inline"]))
        if part["code"] or re.match("[a-z]+:|#", part["link"]):
            return part[0]
        target, mark, fragment = unquote(part["link"]).partition("#")
        place = (CHECKOUT / path.parent / target).resolve()
        if not place.exists():
            sys.exit(f"{path}: the link {part['link']} leads nowhere")
        linked.add(found := place.relative_to(CHECKOUT))
        page = os.path.relpath(page_of(found), page_of(path).parent)
        return f"{part['before']}{page}{mark}{fragment}"

    text = PART.sub(become, (CHECKOUT / path).read_text("utf-8"))
    # Python-Markdown begins no list right after a comment.
    return re.sub(r"^(<!--.*-->)\n(?=\S)", r"\1\n\n", text, flags=re.MULTILINE)


def untouched(markup: str) -> str:
    """Markup whose text Markdown takes for nothing but text."""
    sign = re.compile(r"<[^>]*>|&[^;]+;|(?P<sign>[!-/:-@\[-`{-~])")
    return sign.sub(lambda found: f"&#{ord(found['sign'])};" if found["sign"] else found[0], markup)


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]))
