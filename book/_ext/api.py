"""The library's reference, from its sources: modules, signatures, docstrings.

Sources are parsed, not imported, and docstrings stand as they are written: their
formulas are plain text, which a markup would misread. What has none is left out.
"""

import ast
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

LIBRARY = Path(__file__).resolve().parents[2] / "evophys_lib"
WIDTH = 72  # of a signature on one line
Definition = ast.FunctionDef | ast.ClassDef


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("api", Room)
    return {"parallel_read_safe": True}


class Room(SphinxDirective):
    """`{api} merge`: every module of a folder of the library, folded."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The modules, in the order of their names."""
        html = []
        for path in modules(self.arguments[0]):
            self.env.note_dependency(str(path))
            html.append(module(path))
        return [nodes.raw("", "\n".join(html), format="html")]


def modules(room: str) -> list[Path]:
    """Of a folder, or one that lies beside the folders."""
    folder = LIBRARY / room
    found = (
        sorted(folder.rglob("*.py")) if folder.is_dir() else [LIBRARY / f"{room}.py"]
    )
    return [path for path in found if ast.get_docstring(parsed(path))]


def parsed(path: Path) -> ast.Module:
    """The source of a module."""
    return ast.parse(path.read_text("utf-8"))


def name_of(path: Path) -> str:
    """As it is imported."""
    parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def module(path: Path) -> str:
    """A module's docstring and all that it defines for others."""
    tree, name = parsed(path), name_of(path)
    text = ast.get_docstring(tree) or ""
    first, _, rest = text.partition("\n\n")
    defined = "".join(described(node, name) for node in public(tree))
    return (
        f'<details class="api" id="{name}"><summary>'
        f"<code>{name.replace('.', '.<wbr>')}</code> – "
        f"{marked(first)}</summary>\n{prose(rest)}{defined}</details>"
    )


def public(tree: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """Functions and classes without a leading underscore that say what they are."""
    for node in tree.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node):
            yield node


def described(node: Definition, within: str) -> str:
    """Signature, docstring, and what a class defines."""
    name = f"{within}.{node.name}"
    inner = ""
    if isinstance(node, ast.ClassDef):
        inner = "".join(described(member, name) for member in public(node))
    return (
        f'<dl><dt id="{name}"><code>{escape(signature(node))}</code></dt>'
        f"<dd>{prose(ast.get_docstring(node) or '')}{inner}</dd></dl>\n"
    )


def signature(node: Definition) -> str:
    """As it is called; a line for each argument where one line is not enough."""
    if isinstance(node, ast.FunctionDef):
        kinds = {ast.unparse(d) for d in node.decorator_list}
        returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        if kinds & {"property", "cached_property"}:
            return f"{node.name}{returns}"
        arguments, start = split(node.args), node.name
    else:
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign)]
        arguments = [
            ast.unparse(f) for f in fields if "init=False" not in ast.unparse(f)
        ]
        start, returns = f"class {node.name}", ""
        if not arguments:
            bases = ", ".join(map(ast.unparse, node.bases))
            return f"{start}({bases})" if bases else start
    line = f"{start}({', '.join(arguments)}){returns}"
    if len(line) <= WIDTH:
        return line
    return "\n    ".join([f"{start}(", *(f"{a}," for a in arguments)]) + f"\n){returns}"


def split(arguments: ast.arguments) -> list[str]:
    """One text for each argument, self left out."""
    listed = ast.parse(f"def f({ast.unparse(arguments)}): ...").body[0]
    assert isinstance(listed, ast.FunctionDef)
    found, depth, text = [], 0, ""
    for letter in ast.unparse(listed.args):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            found.append(text.strip())
            text = ""
        else:
            text += letter
    found.append(text.strip())
    return [a for a in found if a and a not in ("self", "cls")]


def prose(text: str) -> str:
    """Paragraphs; what is indented keeps its lines."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    kept = [
        f"<pre>{marked(block)}</pre>"
        if any(line.startswith("    ") for line in block.splitlines())
        else f"<p>{marked(block)}</p>"
        for block in blocks
    ]
    return "\n".join(kept)


def marked(text: str) -> str:
    """Names in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
