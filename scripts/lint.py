"""`python -m scripts.lint`: what four linters say of the bundles. One finding of any weight fails.

The bundles are judged rather than the sources, because they are what the world gets.
"""

import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from scripts import node_tools
from scripts.places import GENERATED

_NOT_OURS = {"asyncapi-latest-version"}


def findings(openapi: Path, asyncapi: Path) -> list[str]:
    """All that any linter says, one line each."""
    node_tools.install()
    checks: list[Callable[[], list[str]]] = [
        *(partial(_redocly, document) for document in (openapi, asyncapi)),
        *(partial(_spectral, document) for document in (openapi, asyncapi)),
        partial(_openapi_spec_validator, openapi),
        partial(_asyncapi_parser, asyncapi),
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        return [finding for found in pool.map(lambda check: check(), checks) for finding in found]


def _redocly(document: Path) -> list[str]:
    config = node_tools.NODE / "redocly.yaml"
    done = node_tools.run("redocly", "lint", "--config", config, "--format=json", "--max-problems=10000", document)
    return [
        f"redocly: {document.name}{_pointer(problem)}: {problem['message']} ({problem['ruleId']})"
        for problem in _parsed("redocly", done.stdout, done.stderr)["problems"]
    ]


def _pointer(problem: dict[str, list[dict[str, str]]]) -> str:
    return problem["location"][0].get("pointer", "") if problem.get("location") else ""


def _spectral(document: Path) -> list[str]:
    ruleset = node_tools.NODE / "spectral.yaml"
    arguments = ("lint", "--ruleset", ruleset, "--format=json", "--quiet", "--fail-severity=hint", document)
    done = node_tools.run("spectral", *arguments)
    return [
        f"spectral: {document.name}#/{'/'.join(map(str, problem['path']))}: {problem['message']} ({problem['code']})"
        for problem in _parsed("spectral", done.stdout, done.stderr)
    ]


def _openapi_spec_validator(document: Path) -> list[str]:
    errors = OpenAPIV31SpecValidator(json.loads(document.read_text("utf-8"))).iter_errors()
    return [f"openapi-spec-validator: {document.name}{error.json_path[1:]}: {error.message}" for error in errors]


def _asyncapi_parser(document: Path) -> list[str]:
    done = node_tools.run("parse_asyncapi.mjs", document)
    problems = _parsed("@asyncapi/parser", done.stdout, done.stderr)
    return list(_parser_lines(document, problems))


def _parser_lines(document: Path, problems: list[dict[str, str]]) -> Iterator[str]:
    for problem in problems:
        if problem["code"] not in _NOT_OURS:
            yield f"@asyncapi/parser: {document.name}#/{problem['path']}: {problem['message']} ({problem['code']})"


def _parsed(tool: str, output: str, complaint: str) -> Any:
    try:
        return json.loads(output)
    except ValueError as error:
        raise RuntimeError(f"{tool} did not answer:\n{output}{complaint}") from error


def main() -> int:
    """Prints every finding."""
    found = findings(GENERATED / "openapi.json", GENERATED / "asyncapi.json")
    for finding in found:
        print(finding, file=sys.stderr)
    print(f"{len(found)} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
