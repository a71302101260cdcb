/*
 * One line, one event: UTC time, level, module, sentence, then key=value. To stderr.
 * Never a name, a document number, a picture or an export file name: visit and shot ids instead.
 * Define LOG_MODULE before the include.
 */
#pragma once

#ifndef LOG_MODULE
#error "define LOG_MODULE before including log.h"
#endif

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/** log_line() - thread-safe; one write(2) a line. Lines above the level set are dropped. */
void log_line(enum log_level level, const char *module, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** log_set_level() - default LOG_LEVEL_INFO; environment TAPSHOT_LOG=debug lowers it. */
void log_set_level(enum log_level level);

#define log_e(...) log_line(LOG_LEVEL_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_w(...) log_line(LOG_LEVEL_WARN, LOG_MODULE, __VA_ARGS__)
#define log_i(...) log_line(LOG_LEVEL_INFO, LOG_MODULE, __VA_ARGS__)
#define log_d(...) log_line(LOG_LEVEL_DEBUG, LOG_MODULE, __VA_ARGS__)
