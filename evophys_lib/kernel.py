"""A Jupyter kernel of the running interpreter, whatever kernels are registered.

A kernel called `python3` in a user's folder or on JUPYTER_PATH may belong to another
environment. Naming the interpreter itself leaves nothing to look up, and nothing to
register.
"""

import sys

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec


class ThisInterpreter(AsyncKernelManager):
    """Starts `sys.executable -m ipykernel_launcher`."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command that starts the kernel, in place of a registered one."""
        return KernelSpec(
            argv=[
                sys.executable,
                "-m",
                "ipykernel_launcher",
                "-f",
                "{connection_file}",
            ],
            display_name="Python 3",
            language="python",
        )
