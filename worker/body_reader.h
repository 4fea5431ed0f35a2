// Turns the bytes of an answer's body into what the worker keeps of it, and says which of them are
// content. Pure.
#ifndef LULL_WORKER_BODY_READER_H_
#define LULL_WORKER_BODY_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "worker/http_answer.h"
#include "worker/keep_alive_filter.h"
#include "worker/sse_parser.h"
#include "worker/streamed_answer.h"

namespace lull {

// A body that is not a stream of events is kept without the keep-alive lines before its content. Of
// a stream, content are whole events that move the answer on, see StreamedAnswer::took_content():
// neither comments, nor chunks that say nothing, nor the pieces of a line that is sent for ever.
class BodyReader {
 public:
  // `bytes_max` bounds what is kept; what is received has a bound too, in proportion.
  explicit BodyReader(int64_t bytes_max) : bytes_max_(bytes_max) {}

  // What comes is a text/event-stream. Before any Feed. `on_event` gets every event that is a part
  // of the answer, see SseParser::event_text(), until one is an error; may be empty.
  using OnEvent = std::function<void(absl::string_view event)>;
  void BeginStream(OnEvent on_event = {});
  bool is_stream() const { return stream_.has_value(); }

  struct Step {
    bool content = false;
    // The answer need not be read on: kBodyTooLarge, or kAnswered for a stream that cannot become
    // an answer any more.
    std::optional<HttpEnd> end;
  };
  Step Feed(absl::string_view bytes);

  // The stream said that it is complete, whatever happens to its connection now.
  bool stream_done() const {
    return stream_.has_value() && stream_->answer.state() == StreamedAnswer::State::kDone;
  }

  // What is kept, at the end; `in_order`: nothing is missing as far as HTTP can tell. Once.
  std::string Take(bool in_order);

 private:
  struct Stream {
    Stream(size_t event_bytes_max, int64_t bytes_max, OnEvent on_event)
        : parser(event_bytes_max, on_event != nullptr),
          answer(bytes_max),
          on_event(std::move(on_event)) {}
    // Whether to go on.
    bool Take(absl::string_view data);

    SseParser parser;
    StreamedAnswer answer;
    const OnEvent on_event;
  };
  Step FeedStream(absl::string_view bytes);

  const int64_t bytes_max_;
  int64_t received_ = 0;
  int64_t since_event_ = 0;  // received in a stream after its last event
  KeepAliveFilter keep_alive_;
  std::string body_;
  std::optional<Stream> stream_;
};

}  // namespace lull

#endif  // LULL_WORKER_BODY_READER_H_
