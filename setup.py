"""Build steps that pyproject.toml can't express: parsed ASN.1 and optional C extensions.

* ``build_py`` parses the ASN.1 modules once and ships what comes out (``asn1/<profile>.parsed.json``), since
  parsing takes most of a second.  Without asn1tools at hand the files are left out; the package then
  parses on first use.
* ``build_ext`` builds the C extensions where a compiler and Python's headers are there.  Where they aren't,
  it says so once and goes on: each extension has a Python path with the same contract.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sysconfig
from pathlib import Path
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
            extra_compile_args=["-O2"],
            optional=True,
        )
        for room in ROOMS_WITH_C
        for source in sorted((ROOT / room).glob("_*.c"))
    ]


def load_parser() -> Any:
    """``codecs/parsed.py`` by its path: the package itself can't be imported before it is built."""
    spec = importlib.util.spec_from_file_location("v2x_parsed", ROOT / "codecs" / "parsed.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BuildPy(build_py):
    """Also writes the parsed ASN.1: into the checkout for an editable install, else into the build."""

    def run(self) -> None:
        """Build as usual, then parse."""
        super().run()
        editable = getattr(self, "editable_mode", False)
        self._target = ROOT / "codecs" / "asn1" if editable else Path(self.build_lib) / "v2x/codecs/asn1"
        parser = load_parser()
        for profile in parser.SOURCES:
            try:
                parser.write(profile, self._target)
            except ImportError:
                say("asn1tools is not there to parse the ASN.1 now: the package will do it on first use")
                return

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The files of the package and the parsed ones."""
        outputs: list[str] = super().get_outputs(include_bytecode)
        target: Path | None = getattr(self, "_target", None)
        return outputs + ([str(path) for path in sorted(target.glob("*.parsed.json"))] if target else [])


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
