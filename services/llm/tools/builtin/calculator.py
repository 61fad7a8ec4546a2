"""Works out expressions; nothing else can be said in them."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from services.llm.model import ToolSpec
from services.llm.tools.model import Call, CallFailed

MAX_EXPRESSION = 500  # characters
MAX_NODES = 200
MAX_BITS = 4_096  # of a whole number
MAX_FACTORIAL = 400

SPEC = ToolSpec(
    "calculator",
    "Works out an arithmetic expression exactly. Knows + - * / // % **, parentheses, "
    "pi, e, and sqrt, cbrt, exp, log(x, base), log2, log10, sin, cos, tan, asin, acos, "
    "atan, degrees, radians, abs, round(x, digits), floor, ceil, min, max, factorial, "
    "gcd, comb.",
    {
        "type": "object",
        "properties": {
            "expression": {
                "type": "string",
                "description": "such as (17.5 * 3 - 2) / sqrt(7)",
                "minLength": 1,
                "maxLength": MAX_EXPRESSION,
            }
        },
        "required": ["expression"],
        "additionalProperties": False,
    },
)

Number = int | float


def power(base: Number, exponent: Number) -> Number:
    """Raise to a power whose size is known before it is worked out."""
    if isinstance(base, int) and isinstance(exponent, int):
        if abs(base) > 1 and abs(exponent) * base.bit_length() > MAX_BITS:
            raise CallFailed("the power is too large")
        return base**exponent if exponent >= 0 else float(base) ** exponent
    result: Any = base**exponent
    if isinstance(result, complex):
        raise CallFailed("the result is no real number")
    return float(result)


def factorial(number: Number) -> int:
    """Multiply all whole numbers up to a small one."""
    if number != int(number) or not 0 <= number <= MAX_FACTORIAL:
        raise CallFailed(f"factorial takes whole numbers from 0 to {MAX_FACTORIAL}")
    return math.factorial(int(number))


def comb(whole: Number, part: Number) -> int:
    """Count the choices of some out of not too many."""
    if max(abs(whole), abs(part)) > MAX_FACTORIAL:
        raise CallFailed(f"comb takes whole numbers up to {MAX_FACTORIAL}")
    return math.comb(int(whole), int(part))


def rounded(number: Number, digits: Number = 0) -> Number:
    """Round to so many digits after the point."""
    if not -400 <= digits <= 400:  # more than any float has
        raise CallFailed("that many digits are none")
    result = round(number, int(digits))
    return int(result) if digits == 0 else result


BINARY: dict[type[ast.operator], Callable[[Any, Any], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: power,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Number]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}
FUNCTIONS: dict[str, Callable[..., Number]] = {
    "abs": abs,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "atan2": math.atan2,
    "cbrt": math.cbrt,
    "ceil": math.ceil,
    "comb": comb,
    "cos": math.cos,
    "degrees": math.degrees,
    "exp": math.exp,
    "factorial": factorial,
    "floor": math.floor,
    "gcd": math.gcd,
    "hypot": math.hypot,
    "ln": math.log,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "radians": math.radians,
    "round": rounded,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}


async def calculate(call: Call) -> str:
    """Work out what a call asks for."""
    return result_of(call.text("expression"))


def result_of(expression: str) -> str:
    """Return what an expression comes to; raises `CallFailed`."""
    if len(expression) > MAX_EXPRESSION:
        raise CallFailed(f"an expression has at most {MAX_EXPRESSION} characters")
    try:
        # What people write for a power, which Python takes for something else.
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise CallFailed("this is no expression that the calculator knows") from error
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise CallFailed("the expression is too long")
    try:
        return str(worked_out(tree.body))
    except ZeroDivisionError as error:
        raise CallFailed("division by zero") from error
    except OverflowError as error:
        raise CallFailed("the result is too large") from error
    except (ValueError, TypeError) as error:
        raise CallFailed("there is no result: a number does not fit") from error


def worked_out(node: ast.expr) -> Number:
    """Return what a part of an expression comes to."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(
            value, bool
        ):
            return bounded(value)
        case ast.BinOp(left, operation, right) if type(operation) in BINARY:
            work = BINARY[type(operation)]
            return bounded(work(worked_out(left), worked_out(right)))
        case ast.UnaryOp(sign, operand) if type(sign) in UNARY:
            return UNARY[type(sign)](worked_out(operand))
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if (
            name in FUNCTIONS
        ):
            return bounded(FUNCTIONS[name](*map(worked_out, args)))
    raise CallFailed("the calculator knows numbers, + - * / // % ** and its functions")


def bounded(value: Number) -> Number:
    """Refuse a number that would take long to work with."""
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise CallFailed("a number is too large")
    return value
