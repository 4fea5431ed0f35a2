// Puts the chunks of a streamed completion together into the answer that the same call without
// streaming has. Pure.
#ifndef LULL_WORKER_STREAMED_ANSWER_H_
#define LULL_WORKER_STREAMED_ANSWER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace lull {

class StreamedAnswer {
 public:
  // `bytes_max` bounds what is kept.
  explicit StreamedAnswer(int64_t bytes_max);
  ~StreamedAnswer();

  enum class State {
    kOpen,
    kDone,      // "[DONE]" came
    kUnusable,  // an event is not a chunk of an answer: TakeBody has that event
    kTooLarge,  // more than `bytes_max`, or of an absurd shape
  };
  // Takes the data of the next event. After kDone, kUnusable or kTooLarge nothing more is taken.
  State Take(absl::string_view data);
  State state() const { return state_; }
  // The event taken last moved the answer on: it held a piece of a choice's text, reasoning or tool
  // call, a finish_reason, usage, an error, or was the end. A chunk that names a role only, or has
  // an empty delta, does not.
  bool took_content() const { return took_content_; }
  // An event held an error, or is no chunk of an answer.
  bool failed() const { return !instead_.empty(); }

  // As JSON: one chat.completion (or text_completion), with a null finish_reason for a choice whose
  // end did not come; the event that holds an error, if there was one; the event that is unusable.
  // Empty when no event came. Once.
  std::string TakeBody();

  // Where the texts of an answer come together; see streamed_answer.cc.
  struct Chunks;

 private:
  State state_ = State::kOpen;
  bool took_content_ = false;
  int64_t bytes_max_;
  int64_t bytes_left_;
  std::string instead_;  // the event that is the body: an error or an unusable one
  std::unique_ptr<Chunks> chunks_;
};

}  // namespace lull

#endif  // LULL_WORKER_STREAMED_ANSWER_H_
