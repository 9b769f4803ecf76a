"""How the documentation is built: `nox -s docs`, or `sphinx-build -W docs site`."""

from flake8_jaxvjp import __version__

project = "flake8-jaxvjp"
copyright = "The flake8-jaxvjp maintainers"  # noqa: A001 -- the name that Sphinx asks for
release = __version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"flake8-jaxvjp {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
nitpicky = True
