// Records with every field set to something of its own, for tests of what keeps them.
#ifndef LULL_TESTS_STORAGE_SAMPLE_RECORDS_H_
#define LULL_TESTS_STORAGE_SAMPLE_RECORDS_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "storage/record.h"

namespace lull {

// 2026-11-23 20:00:00.000001 UTC
absl::Time SampleTime();

Bytes MakeBytes(std::string content);

// Bytes that do not compress, always the same.
std::string Noise(size_t size);

// The id that the samples below give to a job.
JobId SampleId(JobNumber number);

JobSpec SampleSpec(JobNumber number);
LiveState SampleLive(JobNumber number);
JobEnded SampleEnded(JobNumber number);
Attempt SampleAttempt(int32_t number);
Event SampleEvent(JobNumber job);
UsageAdded SampleUsage(int32_t day);

JobCreated CreateRecord(JobNumber number);
JobCreated CreateRecord(JobSpec spec);

// Body and options by content; reports each field that differs.
void ExpectEqual(const JobSpec& actual, const JobSpec& expected);
void ExpectEqual(const LiveState& actual, const LiveState& expected);
void ExpectEqual(const JobEnded& actual, const JobEnded& expected);
void ExpectEqual(const Bytes& actual, const Bytes& expected);

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_SAMPLE_RECORDS_H_
