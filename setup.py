"""Build steps that pyproject.toml can't express: parsed ASN.1 and optional C extensions.

* ``build_py`` parses the ASN.1 modules once and ships what comes out (``asn1/<profile>.parsed.json``), since
  parsing takes most of a second, and the op-tables compiled from it (``asn1/<profile>.optable.json``).
  Without asn1tools at hand the files are left out; the package then makes them on first use.
* ``build_ext`` builds the C extensions where a compiler and Python's headers are there.  Where they aren't,
  it says so once and goes on: each extension has a Python path with the same contract.
"""

from __future__ import annotations

import importlib
import os
import shlex
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent

ROOMS_WITH_C = ("codecs", "certs")
"""Every ``_*.c`` directly in one of these rooms is an extension module of the same name."""


def say(text: str) -> None:
    """One notice, in a form that stands out in a build log."""
    print(f"v2x: note: {text}", flush=True)


def extensions() -> list[Extension]:
    """The C sources that are there, each an optional extension of its room."""
    return [
        Extension(
            f"v2x.{room}.{source.stem}",
            [source.relative_to(ROOT).as_posix()],
            depends=[path.relative_to(ROOT).as_posix() for path in sorted((ROOT / room).glob("*.h"))],
            extra_compile_args=["-O2"],
            optional=True,
        )
        for room in ROOMS_WITH_C
        for source in sorted((ROOT / room).glob("_*.c"))
    ]


def load(module: str) -> Any:
    """A module of the package, which can't be imported by its name before it is built.

    The two packages are stood in for by empty ones that know the folders; none of the modules wanted here
    needs what stands in their ``__init__.py``.
    """
    for name, folder in (("v2x", ROOT / "v2x"), ("v2x.codecs", ROOT / "codecs")):
        if name not in sys.modules:
            package = sys.modules[name] = ModuleType(name)
            package.__path__ = [str(folder)]
    return importlib.import_module(module)


class BuildPy(build_py):
    """Also writes what is made of the ASN.1: into the checkout if the install is editable, else the build."""

    def run(self) -> None:
        """Build as usual, then parse."""
        super().run()
        editable = getattr(self, "editable_mode", False)
        self._target = ROOT / "codecs" / "asn1" if editable else Path(self.build_lib) / "v2x/codecs/asn1"
        parser, tables = load("v2x.codecs.parsed"), load("v2x.codecs.optable")
        with tempfile.TemporaryDirectory() as cache:  # the user's own is none of a build's business
            os.environ["XDG_CACHE_HOME"] = cache
            try:
                for profile in parser.SOURCES:
                    parser.write(profile, self._target)
                    tables.write(profile, self._target)
            except ImportError:
                say("asn1tools is not there to parse the ASN.1 now: the package will do it on first use")

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The files of the package and those that are made of the ASN.1."""
        outputs: list[str] = super().get_outputs(include_bytecode)
        target: Path | None = getattr(self, "_target", None)
        if target is None:
            return outputs
        made = [*target.glob("*.parsed.json"), *target.glob("*.optable.json")]
        return outputs + [str(path) for path in sorted(made)]


class BuildExt(build_ext):
    """Builds what can be built, with one notice where nothing can."""

    def run(self) -> None:
        """Look for a compiler and the headers before anything fails on them."""
        missing = self._missing()
        if missing:
            say(f"no C extension is built: {missing}. Everything works, by slower Python code.")
            self.extensions = []
        super().run()

    @staticmethod
    def _missing() -> str:
        compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
        if shutil.which(compiler) is None:
            return f"there is no C compiler ({compiler}); on Debian: apt-get install gcc"
        if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
            return "Python's headers are missing (Python.h); on Debian: apt-get install python3-dev"
        return ""

    def build_extension(self, ext: Extension) -> None:
        """Build one extension; a compiler that fails costs that one only."""
        try:
            super().build_extension(ext)
        except Exception as error:  # whatever the tool chain raises: the Python path is there
            say(f"{ext.name} is not built, Python code does its work: {error}")


setup(ext_modules=extensions(), cmdclass={"build_py": BuildPy, "build_ext": BuildExt})
