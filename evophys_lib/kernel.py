"""A Jupyter kernel of the running interpreter, whatever kernels are registered.

A kernel called `python3` in a user's folder or on JUPYTER_PATH may belong to another
environment. Asking ipykernel itself leaves nothing to look up, and nothing to register.
"""

import zmq
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import default


class ThisInterpreter(AsyncKernelManager):
    """Starts a kernel with `sys.executable`, on encrypted channels where it can."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command that starts the kernel, in place of a registered one."""
        return KernelSpec(**get_kernel_dict())

    @default("transport_encryption")
    def _encrypt_where_possible(self) -> str:
        return "auto" if zmq.has("curve") else "disabled"
