/* A job's archive as a package in a folder, as the export writes it; nothing is synced. */
#pragma once

/** package_write() - @data's @job into the new folder @to, signed by @data's kiosk key as @kiosk. */
void package_write(const char *data, const char *job, const char *kiosk, const char *to);
/** package_seal() - the manifest of the folder @to once more, over what lies in it now, signed by
 * @data: what a hostile kiosk would hand over. */
void package_seal(const char *data, const char *job, const char *kiosk, const char *to);
/** package_told() - everything a job says of people, pictures and chains, without local ids, as one
 * text: two jobs with the same text hold the same. free() it. */
char *package_told(const char *data, const char *job);
