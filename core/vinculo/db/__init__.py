"""Engine and sessions, base class and column types, migrations."""

import sys

# Alembic's template language would load all of pygments, 5 MB, to colour the errors of templates.
sys.modules.setdefault("mako.ext.pygmentplugin", None)  # type: ignore[arg-type]
