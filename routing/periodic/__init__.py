"""Timetables of truck calls: which days, which hour, which vehicle, in which order, and where to unload.

`problem` says what is asked, `timetable` what is answered, `check` judges an answer with code of its own, `engine`
searches.
"""
