"""Truck calls at fixed places and fixed hours: demand -> timetable -> dated calls that people can rely on."""
