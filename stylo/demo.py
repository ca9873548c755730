"""The demo shop by the name that it has always had: `python -m stylo.demo` is `python -m stylo_demo`."""

import runpy

if __name__ == "__main__":
    runpy.run_module("stylo_demo", run_name="__main__")
