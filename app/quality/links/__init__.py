"""Answers by link: who could not be reached by telephone, or asks for it, answers the questions on a page, once."""
