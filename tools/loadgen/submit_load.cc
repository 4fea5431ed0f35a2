// SubmitJobs on several streams.
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/loadgen/job_maker.h"
#include "tools/loadgen/load.h"
#include "tools/loadgen/submit_stream.h"

namespace lull {

LoadReport RunSubmit(const LoadOptions& options, RunControl& control) {
  const JobMaker maker(options, absl::StrCat(absl::ToUnixNanos(SystemClock().WallNow())));
  std::vector<std::unique_ptr<SubmitStream>> streams;
  for (int i = 0; i < options.connections; ++i) {
    streams.push_back(
        std::make_unique<SubmitStream>(options, maker, control, i, [](int64_t) { return true; }));
  }
  LoadReport report;
  report.latency_name = "answer";
  for (const auto& stream : streams) report.Add(stream->Finish());
  return report;
}

}  // namespace lull
