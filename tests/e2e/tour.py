# SPDX-License-Identifier: MIT
"""What arch/TOUR.md shows of the sources and of the programs.

Run as a program, in the project's directory, it writes anew what is to be
found there: the lines that links lead to, and the instructions of each
architecture that is built.

A block of instructions begins with the line

    ```ARCH PROGRAM SYMBOL [/PATTERN/ COUNT]

and shows the whole function, or COUNT instructions of it from the first one
that PATTERN is found in.
"""
import re
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TOUR = TOP / "arch/TOUR.md"
RENEW = "python3 tests/e2e/tour.py brings the tour up to date"
BLOCK = re.compile(
    r"^```(\w+) (\w+) (\w+)(?: /([^\n]*)/ (\d+))?\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\[`(\w+)(\(\))?`\]\(([^)#]+)#L(\d+)\)")


def ports():
    """Return {port: its statements}, the lines "key: value" of the first
    comment of each port that is written by hand."""
    texts = {p.stem: p.read_text().split("#ifndef")[0]
             for p in (TOP / "arch").glob("*.h")}
    return {name: dict(re.findall(r"^ \* ([a-z]+): (.*)$", text, re.M))
            for name, text in texts.items()
            if name not in ("generic", "nolibc")}


def plain(line):
    """One instruction, without where it is and what lies where."""
    line = re.sub(r"\s+(#|//) .*", "", line)  # the disassembler's remarks
    line = re.sub(r"0x[0-9a-f]+ <([\w.]+)>", r"<\1>", line)
    line = re.sub(r"0x[0-9a-f]+ <([\w.]+)\+0x[0-9a-f]+>", r"<\1+...>", line)
    line = re.sub(r"-?\d+\(%rip\)", "...(%rip)", line)
    # An address in two halves, which move with whatever lies before it.
    line = re.sub(r"^((?:auipc|adrp)\s+\w+|addi\s+gp, gp), .*", r"\1, ...",
                  line)
    name, _, operands = line.partition("\t")
    return f"{name:7} {operands}".rstrip()


def disassemble(folder, program, symbol, pattern, count):
    """Return the lines of a block, of the programs in folder."""
    if symbol == "arch_syscall6":  # a label stands within it
        symbol += ",arch_syscall_return"
    text = subprocess.run(
        ["llvm-objdump", "-d", "--no-show-raw-insn",
         f"--disassemble-symbols={symbol}", str(folder / f"{program}.debug")],
        check=True, capture_output=True, text=True).stdout
    lines = [plain(line) for line in
             re.findall(r"^ +[0-9a-f]+: +\t(\S.*)$", text, re.M)]
    assert lines, f"there is no {symbol} in {program}"
    if pattern:
        begin = [i for i, line in enumerate(lines)
                 if re.search(pattern, line)]
        assert begin, f"{symbol} has no {pattern}:\n" + "\n".join(lines)
        lines = lines[begin[0]:][:int(count)]
    return "".join(f"{line}\n" for line in lines)


def find_line(path, symbol):
    """Return the number of the line that says what symbol is."""
    lines = (TOUR.parent / path).resolve().read_text().splitlines()
    for form in (rf"^(?!\t).*\b{symbol}\(.*[^;]$", rf"^#define {symbol}\b",
                 rf"\b{symbol}\b"):
        found = [n for n, line in enumerate(lines, 1) if re.search(form, line)
                 and not re.match(r"\s*/?\*", line)]
        if found:
            return found[0]
    raise AssertionError(f"{path} has no {symbol}")


def renew():
    """Write into the tour what is there now."""
    def block(m):
        folder = TOP / "build" / m[1]
        if not (folder / f"{m[2]}.debug").exists():
            return m[0]
        head = m[0].split("\n", 1)[0]
        return f"{head}\n{disassemble(folder, *m.groups()[1:5])}```"

    text = BLOCK.sub(block, TOUR.read_text())
    text = LINK.sub(
        lambda m: f"[`{m[1]}{m[2] or ''}`]({m[3]}#L{find_line(m[3], m[1])})",
        text)
    TOUR.write_text(text)


if __name__ == "__main__":
    renew()
