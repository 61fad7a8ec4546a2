"""
No query is made of what anybody wrote.

Psycopg wants queries of the type `LiteralString`, but mypy takes any text for one. So
the sources are followed here: what is executed, and what is said to be one, is put
together of literals and of what is said to be one, and of nothing else.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXECUTING = {"execute": {"query": 0}, "executemany": {"query": 0}}
# What a text of a literal keeps being one through; the others look something up.
KEEPING = {"join", "replace", "items", "values", "get"}
VISITING = {"visit"}  # of a library: returns what the methods do that it calls
Function = ast.FunctionDef | ast.AsyncFunctionDef
Parameters = dict[str, int]  # and where they stand in a call


@cache
def trees() -> dict[str, ast.Module]:
    """Read what runs in services, but for migrations, which no caller reaches."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): ast.parse(
            file.read_text()
        )
        for file in sorted((ROOT / "services").rglob("*.py"))
        if "migrations" not in file.parts
    }


def is_said(annotation: ast.expr | None) -> bool:
    return annotation is not None and "LiteralString" in ast.unparse(annotation)


def functions(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def name_of(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def names_of(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def parameters(function: Function) -> Parameters:
    """Name the parameters that are said to be one."""
    given = function.args
    all_of = [*given.args, *given.kwonlyargs]
    if all_of and all_of[0].arg == "self":
        del all_of[0]
    found = {each.arg: at for at, each in enumerate(all_of) if is_said(each.annotation)}
    if given.vararg and is_said(given.vararg.annotation):
        found[given.vararg.arg] = len(given.args)
    return found


class Followed:
    """One module, and what is said in it."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.fields = VISITING | {
            each.name for each in functions(tree) if is_said(each.returns)
        }
        self.called = {
            each.name: wanted
            for each in functions(tree)
            if (wanted := parameters(each))
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.AnnAssign) and is_said(node.annotation):
                self.fields.add(name_of(node.target))
            elif isinstance(node, ast.ImportFrom) and (
                there := trees().get(node.module or "")
            ):
                self.imported(there, {alias.name for alias in node.names})

    def imported(self, there: ast.Module, names: set[str]) -> None:
        """Learn what functions of another module want and return."""
        for each in functions(there):
            if each.name in names:
                if wanted := parameters(each):
                    self.called[each.name] = wanted
                if is_said(each.returns):
                    self.fields.add(each.name)

    def faults(self) -> tuple[int, set[int]]:
        """Count what has to be one, and name the lines of what is not."""
        count, found = 0, set[int]()
        inside = set[ast.AST]()
        for function in functions(self.tree):
            if function in inside:
                continue
            local = self.locals_of(function)
            for node in ast.walk(function):
                inside.add(node)
                for value in self.wanting(node):
                    count += 1
                    if not self.is_one(value, local):
                        found.add(value.lineno)
        for node in ast.walk(self.tree):
            if node not in inside:
                for value in self.wanting(node):
                    count += 1
                    if not self.is_one(value, set()):
                        found.add(value.lineno)
        return count, found

    def locals_of(self, function: Function) -> set[str]:
        """Name what a function was given, or has put together, that is one."""
        found = set[str]()
        for node in ast.walk(function):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    found |= parameters(node).keys()
                case ast.AnnAssign(target=target, annotation=of) if is_said(of):
                    found |= names_of(target)
                case ast.Assign(targets=[target], value=value) if self.is_one(
                    value, found
                ):
                    found |= names_of(target)
                case ast.For(target=target, iter=value) if self.is_one(value, found):
                    found |= names_of(target)
        return found

    def wanting(self, node: ast.AST) -> Iterator[ast.expr]:
        """List the texts that have to be one."""
        match node:
            case ast.AnnAssign(annotation=of, value=ast.expr() as value) if is_said(of):
                yield value
            case ast.Call(func=called, args=args, keywords=keywords):
                name = name_of(called)
                for wanted, at in EXECUTING.get(
                    name, self.called.get(name, {})
                ).items():
                    yield from args[at : at + 1]
                    yield from (each.value for each in keywords if each.arg == wanted)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if is_said(node.returns):
                for inner in ast.walk(node):
                    match inner:
                        case ast.Return(value=ast.Tuple(elts=[first, *_])):
                            yield first
                        case ast.Return(value=ast.expr() as value):
                            yield value

    def is_one(self, node: ast.expr, local: set[str]) -> bool:
        """Tell whether it is put together of literals and of what is said to be one."""
        match node:
            case ast.Constant(value=value):
                return isinstance(value, str | int)
            case ast.Name(id=name):
                return name in local or name.isupper()
            case ast.Attribute(value=of, attr=name):
                return name.isupper() or name in self.fields or name_of(of).isupper()
            case ast.FormattedValue(value=value) | ast.Starred(value=value):
                return self.is_one(value, local)
            case ast.Subscript(value=value):
                return self.is_one(value, local)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.are([left, right], local)
            case ast.IfExp(body=body, orelse=other):
                return self.are([body, other], local)
            case ast.JoinedStr(values=parts):
                return self.are(parts, local)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts):
                return self.are(parts, local)
            case ast.GeneratorExp(elt=part, generators=[each]):
                more = names_of(each.target) if self.is_one(each.iter, local) else set()
                return self.is_one(part, local | more)
            case ast.Call(func=ast.Attribute(value=of, attr=name), args=args) if (
                name in KEEPING
            ):
                return self.are([of, *args], local)
            case ast.Call(func=called):
                return name_of(called) in self.fields
        return False

    def are(self, nodes: list[ast.expr], local: set[str]) -> bool:
        return all(self.is_one(node, local) for node in nodes)


@pytest.mark.asvs("1.2.4")
def test_every_query_is_put_together_of_literals():
    counted, found = 0, set[str]()
    for name, tree in trees().items():
        count, lines = Followed(tree).faults()
        counted += count
        found |= {f"{name}:{line}" for line in lines}

    assert counted > 800
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "await connection.execute(f'SELECT {name}', [])",
        "await connection.execute('SELECT ' + name)",
        "await connection.execute('SELECT %s' % name)",
        "await connection.execute('SELECT {}'.format(name))",
        "await connection.execute(query=name)",
        "await connection.execute(ask.name)",
        "query = 'SELECT ' + name\n    await connection.execute(query)",
        "query: LiteralString = f'SELECT {name}'",
        "await connection.execute(', '.join(name for name in names))",
        "await connection.execute('SELECT x'.replace('x', name))",
    ],
)
def test_a_query_that_is_not_is_found(source: str):
    tree = ast.parse(f"async def ask(connection, name, names):\n    {source}")

    assert Followed(tree).faults()[1]
