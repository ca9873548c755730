"""Whether a command of the documentation would be understood: its program, its sub-command, its options, its files.

No command is run. A command line of ours is parsed by its own parser, a `curl` is compared with what the service
describes, and programs of others are known by name.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import json
import re
import runpy
import shlex
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import typer
import yaml
from helpers import REPOSITORY
from streamlit.web import cli as streamlit
from typer.main import get_command

from stylo import cli
from stylo.service.settings import PREFIX, ServiceSettings

#: Programs of others; what they are told is not checked.
FOREIGN = {".", "cd", "docker", "echo", "export", "mlflow", "pip", "promtool", "ray"}
_OURS = {"make", "pip", "pytest", "python", "streamlit", "stylo"}
_TAKES_A_VALUE = {"-X", "-H", "-d"}  # of curl's options, those that the documentation uses
_SETTING = re.compile(r"[A-Z][A-Z0-9_]*=")
_CRON = re.compile(r"(?:[\d*/,-]+ ){5}")
_FENCE = re.compile(r"^ *```(.*)\n((?s:.*?))^ *```$", re.MULTILINE)


class Misunderstood(AssertionError):
    """A command that would not do what the documentation says."""


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of each fenced block."""
    return [(language.strip(), content) for language, content in _FENCE.findall(text)]


def commands(text: str) -> list[str]:
    """The commands of a shell block, one by one."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ") for line in lines if line.strip() and not line.lstrip().startswith("#")]


def of_a_unit(text: str) -> list[str]:
    """The command of a systemd unit, with its environment before it."""
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return [f"{found.get('Environment', '')} {found['ExecStart']}".strip()] if "ExecStart" in found else []


def of_cron(text: str) -> list[str]:
    """The commands of lines of a crontab, without their hours."""
    return [_CRON.sub("", line, count=1).strip() for line in text.splitlines() if _CRON.match(line)]


def of_a_docstring(text: str) -> list[str]:
    """The commands of a program's docstring, which stand in lines of their own."""
    lines = [line.strip() for line in (ast.get_docstring(ast.parse(text)) or "").splitlines()]
    return [line for line in lines if line.partition(" ")[0] in _OURS]


def in_the_text(text: str) -> list[str]:
    """Commands of ours between backticks, in the prose and in tables: `final.py --weeks 26`."""
    spans = (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", _FENCE.sub("", text)))
    return [span for span in map(_without_the_hour, spans) if _is_a_command(span.split())]


def _without_the_hour(span: str) -> str:
    return _CRON.sub("", span, count=1)


def _is_a_command(words: Sequence[str]) -> bool:
    if _SETTING.match(words[0]):
        return words[0].startswith("STYLO_")
    if len(words) == 1 or words == ["python", "-m"] or words[1].isupper():
        return False
    return words[0] in _OURS or words[0].endswith(".py")


class Reader:
    """Knows what is in the repository, and what the service's description (OpenAPI) has."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._described = described
        self._sources = "\n".join(path.read_text("utf-8") for path in (REPOSITORY / "stylo").rglob("*.py"))
        self._makefile = (REPOSITORY / "Makefile").read_text("utf-8")
        self._services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text("utf-8"))["services"]
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
        self._extras = set(project["optional-dependencies"])

    def check(self, line: str, whole: bool = True) -> None:
        """Raises Misunderstood. whole : nothing that the command needs is left out."""
        for words in _simple_commands(line):
            while words and _SETTING.match(words[0]):
                self._setting(words.pop(0))
            if words:
                self._simple(words, whole)

    def _simple(self, words: list[str], whole: bool) -> None:
        program, rest = words[0], words[1:]
        if program == "python" or program.endswith("/bin/python"):
            _python(rest, whole)
        elif program == "stylo":
            _stylo(rest, whole)
        elif program == "streamlit":
            _streamlit(rest)
        elif program == "make":
            self._make(rest)
        elif program == "pytest":
            _pytest(rest)
        elif program == "curl":
            self._curl(rest)
        elif program.endswith(".py") and not whole:
            _python(words, whole)
        elif words[:3] == ["docker", "compose", "exec"]:
            self._in_a_container(words[3:], whole)
        elif program not in FOREIGN:
            raise Misunderstood(f"{program} is not among the programs that the documentation may use")
        elif program == "pip":
            self._pip(rest)

    def _setting(self, word: str) -> None:
        name = word.partition("=")[0]
        if name.startswith(PREFIX):
            known = name.removeprefix(PREFIX).lower() in ServiceSettings.model_fields
        else:
            known = not name.startswith("STYLO_") or f'"{name}"' in self._sources
        if not known:
            raise Misunderstood(f"nothing reads {name}")

    def _make(self, words: Sequence[str]) -> None:
        for word in words:
            name, given, _ = word.partition("=")
            pattern = rf"^{re.escape(name)} *\?=" if given else rf"^{re.escape(name)}:(?!=)"
            if not re.search(pattern, self._makefile, re.MULTILINE):
                raise Misunderstood(f"the Makefile has no {name}")

    def _in_a_container(self, words: list[str], whole: bool) -> None:
        if words[0] not in self._services:
            raise Misunderstood(f"compose.yaml has no service {words[0]}")
        self._simple(words[1:], whole)

    def _pip(self, words: Sequence[str]) -> None:
        for before, word in zip(["", *words], words, strict=False):
            if before in {"-r", "-c"} and not (REPOSITORY / word).is_file():
                raise Misunderstood(f"there is no {word}")
            extras = re.fullmatch(r"\.\[(.+)\]", word)
            if extras and not set(extras[1].split(",")) <= self._extras:
                raise Misunderstood(f"pyproject.toml has no extras {extras[1]}")

    def _curl(self, words: Sequence[str]) -> None:
        given, urls, rest = {}, [], iter(words)
        for word in rest:
            if word in _TAKES_A_VALUE:
                given[word] = next(rest)
            elif word.startswith("-"):
                raise Misunderstood(f"curl's {word} is not among the options that the documentation may use")
            else:
                urls.append(urlsplit(word))
        if "-d" in given:
            json.loads(given["-d"])
        method = given.get("-X", "POST" if "-d" in given else "GET").lower()
        for url in urls:
            operation = self._operation(url.path, method)
            known = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
            if strange := {name for name, _ in parse_qsl(url.query)} - known:
                raise Misunderstood(f"{url.path} has no parameter {strange.pop()}")

    def _operation(self, path: str, method: str) -> dict[str, Any]:
        for route, operations in self._described["paths"].items():
            if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path):
                found: dict[str, Any] = operations[method]
                return found
        raise Misunderstood(f"the service has no {method.upper()} {path}")


def _simple_commands(line: str) -> Iterator[list[str]]:
    """The words of each command between `;`, `&&` and `|`; what follows `>` is no word of it."""
    words: list[str] = []
    symbols = shlex.shlex(re.sub(r"\b\d(?=>)", "", line), posix=True, punctuation_chars=";&|<>")
    symbols.whitespace_split = True
    redirected = False
    for symbol in symbols:
        if symbol[0] in "<>":
            redirected = True
        elif set(symbol) <= set(";&|"):
            yield words
            words = []
        elif redirected:
            redirected = False
        else:
            words.append(symbol)
    yield words


def _python(words: Sequence[str], whole: bool) -> None:
    if words[0] == "-m":
        file, names, words = *_of_a_module(words[1]), words[2:]
    else:
        file, words = REPOSITORY / words[0], words[1:]
        if not file.is_file():
            raise Misunderstood(f"there is no {file.name}")
        names = runpy.run_path(str(file), run_name="documented")
    started = _what_it_starts(file)
    if not started:  # no command line of its own
        if words:
            raise Misunderstood(f"{file.name} takes no {words[0]}")
    elif isinstance(names[started], typer.Typer):
        _parse(get_command(names[started]), words, whole)
    else:
        app = typer.Typer()
        app.command()(names[started])
        _parse(get_command(app), words, whole)


def _of_a_module(name: str) -> tuple[Path, dict[str, Any]]:
    found = importlib.util.find_spec(name)
    if found is not None and found.submodule_search_locations:
        name = f"{name}.__main__"
        found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise Misunderstood(f"there is no module {name}")
    return Path(found.origin), vars(importlib.import_module(name))


def _what_it_starts(file: Path) -> str:
    """The name that the file starts when it is run, as in `run(main)` or `app()`; empty if it takes no options."""
    for statement in ast.parse(file.read_text("utf-8")).body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "__name__ == '__main__'":
            started = re.fullmatch(r"(?:typer\.)?run\((\w+)\)|(app)\(\)", ast.unparse(statement.body[-1]))
            return (started[1] or started[2]) if started else ""
    raise Misunderstood(f"{file.name} does nothing when it is run")


def _parse(command: Any, words: Sequence[str], whole: bool) -> None:
    """By the command's own parser, and each sub-command by its own; the work is not done."""
    groups = hasattr(command, "resolve_command")
    if groups and not words and not whole:
        return
    try:
        context = command.make_context("", list(words))
    except typer.Exit:  # --help, --version
        return
    except typer.BadParameter:  # a value is missing, or stands for a number: --weeks N
        if whole:
            raise
        return
    if groups and (rest := [*context._protected_args, *context.args]):
        _, found, rest = command.resolve_command(context, rest)
        _parse(found, rest, whole)
    elif groups and whole and not command.invoke_without_command:
        raise Misunderstood("a sub-command is missing")


def _pytest(words: Sequence[str]) -> None:
    for word in words:
        if not word.startswith("-") and not (REPOSITORY / word).exists():
            raise Misunderstood(f"there is no {word}")


def _stylo(words: Sequence[str], whole: bool) -> None:
    command_line = cli._Entry.command_line

    def parsed(entry: cli._Entry) -> Any:
        command = get_command(command_line(entry))
        return lambda args, prog_name: _parse(command, args, whole)

    with patch.object(cli._Entry, "command_line", parsed):
        get_command(cli.app).main(list(words), standalone_mode=False)


def _streamlit(words: Sequence[str]) -> None:
    """Streamlit's options by Streamlit, those behind the two dashes by app.py."""
    theirs, _, ours = " ".join(words).partition(" -- ")
    context = streamlit.main.make_context("streamlit", theirs.split())
    _, command, rest = streamlit.main.resolve_command(context, [*context._protected_args, *context.args])
    assert command is not None
    _parse_known(command.params, rest[1:])
    file = REPOSITORY / rest[0]
    if not file.is_file():
        raise Misunderstood(f"there is no {file.name}")
    parse_args = argparse.ArgumentParser.parse_args

    class ParsedError(Exception):
        pass

    def parse_and_end(parser: argparse.ArgumentParser) -> None:
        parse_args(parser)
        raise ParsedError

    with (
        patch.object(sys, "argv", [file.name, *ours.split()]),
        patch.object(argparse.ArgumentParser, "parse_args", parse_and_end),
    ):
        try:
            runpy.run_path(str(file), run_name="documented")
        except ParsedError:
            return
        except SystemExit as error:
            raise Misunderstood(f"{file.name} does not take {' '.join(ours.split())}") from error


def _parse_known(parameters: Sequence[Any], words: Sequence[str]) -> None:
    """Streamlit hands on what it does not know; that is a slip in a document."""
    known = {option for parameter in parameters for option in parameter.opts}
    for word in words:
        if word.startswith("-") and word.partition("=")[0] not in known:
            raise Misunderstood(f"Streamlit has no {word}")
