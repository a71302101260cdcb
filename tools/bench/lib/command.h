/* A program of somebody else, run as a person would. */
#pragma once

/** command_ms() - processor time of the program @argv[0] (found by PATH), its words thrown away.
 * Return: milliseconds, negative when it cannot be run or fails. */
double command_ms(char *const argv[]);
