"""Lessons: the dock in which one is taken, the list of courses, and who opens them."""

from relayviz.gui.lesson.lessons import Lessons
from relayviz.gui.lesson.panel import LessonPanel

__all__ = ["LessonPanel", "Lessons"]
