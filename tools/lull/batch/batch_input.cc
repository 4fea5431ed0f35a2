#include "tools/lull/batch/batch_input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "tools/lull/batch/line_reader.h"
#include "tools/lull/batch/sha256.h"

namespace lull {
namespace {

constexpr size_t kFaultsShownMax = 20;
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

absl::uint128 KeyOf(absl::string_view custom_id) {
  const Sha256Digest digest = Sha256Of(custom_id);
  absl::uint128 key;
  std::memcpy(&key, digest.data(), sizeof(key));
  return key;
}

// Lines that cannot be used. Keeps the first ones only.
class Faults {
 public:
  void Add(int64_t line_number, absl::string_view message) {
    if (shown_.size() < kFaultsShownMax) {
      shown_.push_back(absl::StrCat("  line ", line_number, ": ", message));
    }
    ++count_;
  }

  absl::Status ToStatus(size_t lines) const {
    if (count_ == 0) return absl::OkStatus();
    std::string message = absl::StrCat(count_, " of ", lines, " lines cannot be used:\n",
                                       absl::StrJoin(shown_, "\n"));
    if (count_ > shown_.size()) absl::StrAppend(&message, "\n  … and ", count_ - shown_.size());
    return absl::InvalidArgumentError(message);
  }

 private:
  std::vector<std::string> shown_;
  size_t count_ = 0;
};

absl::StatusOr<Sha256Digest> DigestOf(int fd) {
  Sha256 sha256;
  std::vector<char> buffer(256 * 1024);
  for (off_t offset = 0;;) {
    const ssize_t got = pread(fd, buffer.data(), buffer.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::DataLossError(absl::StrCat("cannot read: ", std::strerror(errno)));
    if (got == 0) return sha256.Finish();
    sha256.Update({buffer.data(), static_cast<size_t>(got)});
    offset += got;
  }
}

}  // namespace

absl::StatusOr<BatchInput> BatchInput::Open(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return absl::NotFoundError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  }
  struct stat status;
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " is not a regular file; a run reads its input more than once, also to be resumed"));
  }
  BatchInput input(std::move(file));
  const absl::Status indexed = input.Index();
  if (!indexed.ok()) {
    return absl::Status(indexed.code(), absl::StrCat(path, ": ", indexed.message()));
  }
  return input;
}

absl::Status BatchInput::Index() {
  LULL_ASSIGN_OR_RETURN(const Sha256Digest digest, DigestOf(file_.get()));
  sha256_ = HexOf(digest);
  LineReader reader(file_.get(), kBatchLineBytesMax);
  Faults faults;
  size_t lines = 0;
  for (Line line;;) {
    LULL_ASSIGN_OR_RETURN(const bool more, reader.Next(&line));
    if (!more) break;
    if (line.number == 1 && absl::ConsumePrefix(&line.text, kByteOrderMark)) {
      line.offset += static_cast<int64_t>(kByteOrderMark.size());
    }
    if (!line.too_long && absl::StripAsciiWhitespace(line.text).empty()) continue;
    if (++lines > kBatchLinesMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kBatchLinesMax, " lines; split the file"));
    }
    if (line.too_long) {
      faults.Add(line.number, absl::StrCat("longer than ", kBatchLineBytesMax, " bytes"));
      continue;
    }
    const absl::StatusOr<BatchLine> parsed = parser_.Parse(line.text);
    if (!parsed.ok()) {
      faults.Add(line.number, parsed.status().message());
      continue;
    }
    const auto [first, is_new] =
        by_custom_id_.try_emplace(KeyOf(parsed->custom_id), static_cast<uint32_t>(entries_.size()));
    if (!is_new) {
      faults.Add(line.number, absl::StrCat("custom_id \"", parsed->custom_id, "\" is that of line ",
                                           line_number(first->second), " already"));
      continue;
    }
    entries_.push_back(
        {line.offset, static_cast<uint32_t>(line.text.size()), static_cast<uint32_t>(line.number)});
  }
  return faults.ToStatus(lines);
}

absl::StatusOr<BatchLine> BatchInput::Read(size_t entry) {
  const Entry& place = entries_[entry];
  std::string text(place.length, '\0');
  ssize_t got;
  do {
    got = pread(file_.get(), text.data(), text.size(), place.offset);
  } while (got < 0 && errno == EINTR);
  absl::StatusOr<BatchLine> line = got == static_cast<ssize_t>(text.size())
                                       ? parser_.Parse(text)
                                       : absl::InvalidArgumentError("the file is shorter");
  if (!line.ok() || Find(line->custom_id) != entry) {
    return absl::DataLossError(
        absl::StrCat("line ", place.line_number, " of the input changed while it was being run"));
  }
  return line;
}

std::optional<size_t> BatchInput::Find(absl::string_view custom_id) const {
  const auto found = by_custom_id_.find(KeyOf(custom_id));
  if (found == by_custom_id_.end()) return std::nullopt;
  return found->second;
}

}  // namespace lull
