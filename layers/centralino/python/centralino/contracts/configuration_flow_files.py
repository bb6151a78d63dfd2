"""Flows kept in files of their own, put back into the file of rules that names them.

What comes out is one text that says everything, as it is checked, published and kept. Comments in
it say where each line came from, so that problems are told by file and line.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from centralino.contracts.configuration_source import (
    ConfigurationError,
    Problem,
    came_from,
    file_text,
)


def with_flow_files(text: str, path: Path) -> str:
    """Return the text of a file of rules with the flows its ``flows`` only names.

    Raises
    ------
    ConfigurationError
        A pattern finds no file, or a file cannot be read or holds no flow.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return text  # told with its line by whoever reads it
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "flows" and isinstance(value, yaml.SequenceNode):
            lines = text.splitlines()
            first, last = key.start_mark.line, _end(value)
            inside = [line for found in _files(value, path) for line in _flow(found, path)]
            back = came_from("", last + 1)
            return "\n".join([*lines[:first], "flows:", *inside, back, *lines[last:], ""])
    return text


def _files(node: yaml.SequenceNode, path: Path) -> list[Path]:
    found: list[Path] = []
    for item in node.value:
        pattern, line = str(item.value), item.start_mark.line + 1
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise ConfigurationError(
                str(path), [Problem(line, "flows", "a path inside this folder is needed")]
            )
        matching = sorted(path.parent.glob(pattern))
        if not matching:
            reason = f"there is no file {pattern}"
            raise ConfigurationError(str(path), [Problem(line, "flows", reason)])
        # The conversations that try a flow lie beside it.
        flows = (file for file in matching if not file.name.endswith(".tests.yaml"))
        found += [file for file in flows if file not in found]
    return found


def _flow(file: Path, path: Path) -> list[str]:
    """Return the lines of a flow's file as an entry of ``flows``."""
    text, name = file_text(file), str(file)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigurationError(name, [Problem(line, "", str(error.problem))]) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(name, [Problem(1, "", str(error))]) from error
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    named = [(key, value) for key, value in entries if key.value == "flow"]
    if not named or not isinstance(named[0][1], yaml.ScalarNode):
        raise ConfigurationError(name, [Problem(1, "", "no flow: its id is missing (flow)")])
    key, value = named[0]
    # Wherever the command is run, the text is the same.
    name = file.relative_to(path.parent).as_posix()
    lines = _renamed(text, str(value.value)).splitlines()
    # The file's own line for the id becomes the key of the entry; the rest goes under it.
    at = key.start_mark.line
    return [
        came_from(name, at + 1),
        f"  {value.value}:",
        came_from(name, 1),
        *(
            f"    {line}" if line.strip() and number != at else ""
            for number, line in enumerate(lines)
        ),
    ]


def _renamed(text: str, flow: str) -> str:
    """Return a file's text with its anchors named after the flow: two files may use one name."""
    marks = (yaml.AnchorToken, yaml.AliasToken)
    tokens = [token for token in yaml.scan(text) if isinstance(token, marks)]
    for token in reversed(tokens):
        start, end = token.start_mark.index + 1, token.end_mark.index
        text = f"{text[:start]}{flow}-{token.value}{text[end:]}"
    return text


def _end(node: yaml.SequenceNode) -> int:
    """Return the number of the first line after a list, from 0."""
    last = max((item.end_mark.line for item in node.value), default=node.start_mark.line)
    return int(last) + 1
