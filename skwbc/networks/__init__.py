"""Builders of networks: functions of shapes, without data, state or compilation."""
