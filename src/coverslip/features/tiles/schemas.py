"""What pixels look like over HTTP: style in, histogram and pixel value out."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ChannelHistogram(BaseModel):
    """A histogram of one channel, taken from a coarse level.

    ``counts`` has 256 bins between ``low`` and ``high`` (the smallest and largest value seen, or
    0 and 255 for uint8); ``auto_low`` and ``auto_high`` are the 0.1 and 99.9 percentiles.
    """

    model_config = ConfigDict(frozen=True)

    index: int
    low: float
    high: float
    auto_low: float
    auto_high: float
    counts: list[int]


class HistogramOut(BaseModel):
    """Histograms of every channel at one plane and time point."""

    model_config = ConfigDict(frozen=True)

    plane: int
    time: int
    channels: list[ChannelHistogram]


class PixelOut(BaseModel):
    """The value of one level-0 pixel, a number per channel; None outside the slide."""

    model_config = ConfigDict(frozen=True)

    x: int
    y: int
    values: list[float] | None


class TileQuery(BaseModel):
    """Query of a tile; whatever changes bytes is in the address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: str | None = None
    style: str | None = None
    plane: Annotated[int, Field(ge=0, le=100_000)] = 0
    time: Annotated[int, Field(ge=0, le=100_000)] = 0
