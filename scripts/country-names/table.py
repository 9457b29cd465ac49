"""Writes the table of countries' names to standard output: for each code of src/country.rs its name in three languages,
as CLDR has it unless src/directory/names/overrides.tsv says otherwise. Called by the script `make` beside this."""

import re
import sys
from pathlib import Path

from babel import Locale, __version__

LANGUAGES = ("en", "ru", "ky")


def codes(root: Path) -> list[str]:
    source = (root / "src/country.rs").read_text(encoding="utf-8")
    letters = "".join(re.findall("[A-Z]+", re.search(r'b"(.*?)"', source, re.S).group(1)))
    return [letters[at : at + 2] for at in range(0, len(letters), 2)]


def overrides(root: Path) -> dict[tuple[str, str], str]:
    found = {}
    for line in (root / "src/directory/names/overrides.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, language, name, why = line.split("\t")
        assert language in LANGUAGES and name and why and (code, language) not in found, line
        found[code, language] = name
    return found


def main() -> None:
    root = Path(sys.argv[1])
    instead = overrides(root)
    names = {language: Locale.parse(language).territories for language in LANGUAGES}
    print(f"# Made by scripts/country-names/make from CLDR in Babel {__version__} and overrides.tsv; not to be edited.")
    print("# code", *LANGUAGES, sep="\t")
    for code in codes(root):
        row = [instead.pop((code, language), None) or names[language][code] for language in LANGUAGES]
        print(code, *row, sep="\t")
    assert not instead, f"overrides of no country: {instead}"


main()
