"""python -m app.i18n extract | update | prune | fill FILE.json | compile | check: see docs/translating.md"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from babel.messages.pofile import write_po

from app.i18n.catalogs import extract, fill, problems, update
from app.i18n.compiled import compile_all

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Run one command; the exit status."""
    command = arguments[0] if arguments else ""
    if command == "fill" and len(arguments) == 2:
        unknown = fill(ROOT, json.loads(Path(arguments[1]).read_text(encoding="utf-8")))
        _compile()
        for text in unknown:
            print(f"no source has: {text}", file=sys.stderr)
        return 1 if unknown else 0
    if len(arguments) != 1:
        command = ""
    if command == "extract":
        write_po(sys.stdout.buffer, extract(ROOT), sort_output=True, include_lineno=False, omit_header=True)
    elif command in {"update", "prune"}:
        for code, missing in update(ROOT, prune=command == "prune").items():
            print(f"{code}: {missing} to translate in translations/{code}/LC_MESSAGES/messages.po")
        _compile()
    elif command == "compile":
        _compile()
    elif command == "check":
        found = problems(ROOT)
        print("\n".join(found) or "All strings are translated.")
        return 1 if found else 0
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


def _compile() -> None:
    compile_all(ROOT / "translations", ROOT / "static" / "i18n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
