"""Write the story as a self-contained page in both languages, without scripts and without loading anything."""

from xinfu_scenarios.diary import SIDE_NAMES
from xinfu_scenarios.maintenance.story import Story
from xinfu_scenarios.paper import printed
from xinfu_scenarios.words import clock_time, minute


def render(story: Story) -> str:
    """The page as text."""
    trust = [f"--trust {name}" for name in story.trust_files]
    whole = ["xinfu verify", *trust, *(one.name for one in story.receipt_files)]
    return printed(
        "xinfu_scenarios.maintenance",
        "page.html",
        story=story,
        side_names=SIDE_NAMES,
        verify_command=" \\\n  ".join(whole),
        clock=clock_time,
        minute=minute,
    )
