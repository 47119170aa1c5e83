"""Lessons: the dock in which one is taken, the list of courses, and who opens them."""

from relayviz.gui.lesson.lessons import Lessons
from relayviz.gui.lesson.panel import LessonPanel
from relayviz.gui.lesson.stage import Stage

__all__ = ["LessonPanel", "Lessons", "Stage"]
