"""What the tests read from a manual page's source, or from --help.

manual.py options PAGE       its options, one a line, as `x extract FILE`
manual.py help -             the same of what a command's --help prints
manual.py examples PAGE DIR  its examples: DIR/N.sh, and DIR/N.wanted when the page shows what comes of it
"""

import os
import re
import sys


def plain(line):
    return line.replace("\\&", "").replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")


def options(lines):
    for line in lines:
        if not line.startswith(".It Fl "):
            continue
        words = plain(line).split()[1:]
        letters = [words[i + 1] for i, word in enumerate(words) if word == "Fl" and not words[i + 1].startswith("-")]
        names = [words[i + 1][1:] for i, word in enumerate(words) if word == "Fl" and words[i + 1].startswith("-")]
        argument = words[words.index("Ar") + 1] if "Ar" in words else None
        yield " ".join(letters + names + ([argument] if argument else []))


def helped(lines):
    for line in lines:
        found = re.match(r" {2,6}(?:-(\S)(?:, |(?= )))?(?:--(\S+))?(?: (\S+))? {2,}\S", line)
        if found and (found[1] or found[2]):
            yield " ".join(word for word in found.groups() if word)


def examples(lines):
    """Pairs of a command and the lines shown after it. `$ ` begins a command, `> ` goes on with it."""
    inside, literal, pairs = False, False, []
    for line in lines:
        if line.startswith(".Sh "):
            inside = line == ".Sh EXAMPLES"
        elif line.startswith(".Bd "):
            literal, fresh = inside and "-literal" in line, False
        elif line == ".Ed":
            literal = False
        elif literal:
            line = plain(line)
            if line.startswith("$ "):
                pairs.append((line[2:], []))
                fresh = True
            elif fresh and line.startswith("> ") and not pairs[-1][1]:
                pairs[-1] = (pairs[-1][0] + "\n" + line[2:], [])
            elif fresh:
                pairs[-1][1].append(line)
    return pairs


def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as out:
        out.write(text)


def main(verb, page, folder=None):
    if verb == "help":
        print("\n".join(helped(sys.stdin.read().splitlines())))
        return
    with open(page) as source:
        lines = re.sub(r"\\\n", "", source.read()).splitlines()
    if verb == "options":
        print("\n".join(options(lines)))
        return
    for number, (command, shown) in enumerate(examples(lines), 1):
        write(folder, "%02d.sh" % number, command + "\n")
        if shown:
            write(folder, "%02d.wanted" % number, "".join(line + "\n" for line in shown))


if __name__ == "__main__":
    main(*sys.argv[1:])
