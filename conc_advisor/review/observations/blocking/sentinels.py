"""Recognises the items of a queue that mean the end of the work."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name

_END_WORDS: Final = ("sentinel", "stop", "poison", "end", "quit", "exit", "done", "finish", "shutdown", "close", "kill", "term", "eof")


def looks_for_an_end(context: FileContext, loop: ast.While, call: ast.Call) -> bool:
    """Tell whether a loop compares what it takes with something that means the end, or leaves where it is nothing."""
    stored = (node for node in ast.walk(context.statement(call)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    taken = {node.id for node in stored}
    for node in ast.walk(loop):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            known = any(isinstance(each, ast.Name) and each.id in taken for side in sides for each in ast.walk(side))
            if known and (any(isinstance(each, (ast.Is, ast.IsNot)) for each in node.ops) or any(_means_the_end(each) for each in sides)):
                return True
        elif isinstance(node, ast.If) and _is_not_name(node.test) and any(isinstance(each, (ast.Break, ast.Return)) for each in node.body):
            return True
    return False


def _is_not_name(test: ast.expr) -> bool:
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.Name)


def _means_the_end(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, (str, bytes))
    name = last_name(node)
    return bool(name) and (name.isupper() or any(word in name.lower() for word in _END_WORDS))


def is_woken(context: FileContext, name: str) -> bool:
    """Tell whether something in the file puts an item that means the end into a queue, or shuts the queue down."""
    for _, call in context.calls():
        function = call.func
        if not isinstance(function, ast.Attribute):
            continue
        if function.attr in {"put", "put_nowait"} and call.args:
            value = call.args[0]
            parts = value.elts if isinstance(value, ast.Tuple) else [value]
            if any(isinstance(each, ast.Constant) or _means_the_end(each) for each in parts):
                return True
        elif function.attr == "shutdown" and last_name(function.value) == name:
            return True
    return False
