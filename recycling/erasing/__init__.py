"""Personal data that is no longer needed: taken out of what has ended, some time after it or when somebody asks."""

from recycling.erasing.running import Erased, due, erase_due, erase_person

__all__ = ["Erased", "due", "erase_due", "erase_person"]
