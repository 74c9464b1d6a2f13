"""Buttons to the repository, and to run a notebook from it, once it has an address.

The one variable is `repository: url` in `_config.yml`. Without it no page has a button
that leads nowhere. Binder makes the environment of `environment.yml`; Colab opens
notebooks of GitHub alone.
"""

from sphinx.application import Sphinx
from sphinx.config import Config

LAUNCHED = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
COLAB = {"colab_url": "https://colab.research.google.com"}
BUTTONS = ("use_repository_button", "use_issues_button")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("config-inited", offer)
    return {"parallel_read_safe": True}


def offer(app: Sphinx, config: Config) -> None:
    """Tell the theme which buttons to show."""
    options = config.html_theme_options
    address = options.get("repository_url", "")
    on_github = address.startswith("https://github.com/")
    options |= dict.fromkeys(BUTTONS, bool(address))
    options["launch_buttons"] = (
        LAUNCHED | (COLAB if on_github else {}) if address else {}
    )
