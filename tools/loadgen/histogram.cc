#include "tools/loadgen/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lull {
namespace {

// Values below 2^kExactBits microseconds have a bucket each; every power of two above is divided
// into 2^(kExactBits - 1) buckets.
constexpr int kExactBits = 8;
constexpr int64_t kExact = int64_t{1} << kExactBits;
constexpr int64_t kHalf = kExact / 2;
constexpr int64_t kMaxMicros = int64_t{3'600'000'000};

size_t BucketOf(int64_t us) {
  if (us < kExact) return static_cast<size_t>(us);
  const int shift = static_cast<int>(std::bit_width(static_cast<uint64_t>(us))) - kExactBits;
  return static_cast<size_t>(kExact + (shift - 1) * kHalf + ((us >> shift) - kHalf));
}

// The largest value in the bucket.
int64_t EndOf(size_t bucket) {
  const int64_t place = static_cast<int64_t>(bucket);
  if (place < kExact) return place;
  const int64_t shift = (place - kExact) / kHalf + 1;
  const int64_t top = (place - kExact) % kHalf + kHalf;
  return ((top + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(BucketOf(kMaxMicros) + 1) {}

void Histogram::Add(absl::Duration value, int64_t times) {
  const int64_t us = std::clamp<int64_t>(absl::ToInt64Microseconds(value), 0, kMaxMicros);
  buckets_[BucketOf(us)] += times;
  count_ += times;
  max_us_ = std::max(max_us_, us);
}

void Histogram::Add(const Histogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_us_ = std::max(max_us_, other.max_us_);
}

absl::Duration Histogram::Quantile(double share) const {
  const int64_t rank =
      std::max<int64_t>(1, std::llround(std::ceil(share * static_cast<double>(count_))));
  int64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return absl::Microseconds(std::min(EndOf(i), max_us_));
  }
  return absl::ZeroDuration();
}

}  // namespace lull
