"""Grafana's boards as code: what each panel asks of the views made for it, and how it shows the answer."""

import warnings

# The SDK warns, when it is imported, of the board format that Grafana's HTTP API of boards and its provisioning read.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import grafana_foundation_sdk.builders.dashboard
    import grafana_foundation_sdk.builders.timeseries  # noqa: F401 - with all that they import, once and quietly
