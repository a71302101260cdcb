/* A program of somebody else, run as a person would. */
#pragma once

/** command_ms() - processor time of the shell command @fmt, its words thrown away
 * Return: milliseconds, negative when it cannot be run or fails. */
double command_ms(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
