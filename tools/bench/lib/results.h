/*
 * What every measurement shares: lists of samples, one line of the result table. A line goes to
 * stdout for people and to $BENCH_RESULTS/results.tsv for machines; samples to samples.tsv there.
 */
#pragma once

struct samples {
	double v[4096];
	int count;
};

/* What a line is held against. */
enum bench_limit {
	LIMIT_NONE,
	LIMIT_RATIO, /* median ours / median peer <= @limit */
	LIMIT_PLUS, /* median ours <= median peer + @limit */
	LIMIT_P50, /* median ours <= @limit */
	LIMIT_P95,
};

struct bench_line {
	const char *id; /* for machines, one word */
	const char *what;
	const char *fs; /* kind of file system, "-" where it does not matter */
	const char *unit; /* of both sides, "ms" */
	const struct samples *ours, *theirs; /* @theirs NULL: no peer */
	const char *peer; /* who the peer is */
	enum bench_limit kind;
	double limit;
};

/** samples_add() - samples beyond the room are dropped. */
void samples_add(struct samples *s, double value);
/** samples_at() - the value @pct of the samples do not exceed; 0 without samples. */
double samples_at(const struct samples *s, double pct);

/** bench_line() - print, write, and keep the samples of both sides for the plots. A line without
 * samples says SKIP. Misses are reported, never an error. */
void bench_line(const struct bench_line *line);
/** bench_samples() - keep samples for the plots without a line of their own. */
void bench_samples(const char *id, const char *fs, const char *side, const struct samples *s);
/** bench_now_ms() - CLOCK_MONOTONIC, with fractions. */
double bench_now_ms(void);
