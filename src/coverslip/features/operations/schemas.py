"""What the server says about itself."""

from pydantic import BaseModel, ConfigDict, Field


class AppOut(BaseModel):
    """What the web app needs before anybody has signed in."""

    model_config = ConfigDict(frozen=True)

    version: str
    notice: str = Field(description="Footer of every page.")
    sample_available: bool = Field(description="Whether a sample slide is installed and can be opened.")
    public_projects: bool = Field(description="Whether somebody who is not signed in finds a project to look at.")
