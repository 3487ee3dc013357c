"""What the console is told of the site that it runs at."""

from api.schemas.shape import Shape, example


class ConsoleSettings(Shape):
    """Where the console leads to beside itself."""

    grafana_url: str | None
    """The boards' Grafana (`ECC_GRAFANA_URL`), without a slash at its end; null where there is none, and for everybody
    who is not of the control centre, whose boards they are."""

    model_config = example({"grafana_url": "https://grafana.example.com"})
