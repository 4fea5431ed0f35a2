// HTTP/2 connections that fall silent with calls under way on them.
#include <gtest/gtest.h>

#include <utility>

#include "tests/worker/gate.h"
#include "tests/worker/http2_frames.h"
#include "tests/worker/http2_peer_fixture.h"
#include "tests/worker/http_client_fixture.h"
#include "tests/worker/raw_server.h"

namespace lull {
namespace {

// An origin of which one connection has answered and then fell silent; others answer.
class SilentConnectionTest : public Http2PeerTest {
 protected:
  void SetUp() override {
    Http2PeerTest::SetUp();
    Serve([this](RawConnection& connection, uint32_t stream) {
      if (connections_ == 1 && stream > 1) return true;
      connection.Send(AnswerFrames(stream, kAnswer));
      return true;
    });
    EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
    clock_.Advance(absl::Seconds(1));
  }

  // One that is not answered, for as long as that is waited for.
  uint64_t BeginInVain(Ending& ending, absl::Duration first_content) {
    HttpCall call = CallTo(peer_->Url());
    call.time_limits.first_content = first_content;
    const uint64_t id = Begin(std::move(call), ending);
    while (requests_ < 2) Sync();
    return id;
  }
};

TEST_F(SilentConnectionTest, ACallThatWaitedInVainIsTheLastThatIsBegunOnIt) {
  Ending in_vain, neighbour;
  BeginInVain(in_vain, absl::Seconds(10));
  const uint64_t id = Begin(CallTo(peer_->Url()), neighbour);
  while (requests_ < 3) Sync();
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(in_vain.Wait().end, HttpEnd::kFirstContentTimeout);
  EXPECT_EQ(connections_, 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
  EXPECT_EQ(connections_, 2);
  EXPECT_FALSE(neighbour.ended()) << "it may still be answered there";
  client_->Abort(id);
  EXPECT_EQ(neighbour.Wait().end, HttpEnd::kAborted);
}

TEST_F(SilentConnectionTest, AfterHalfAMinuteNoMoreCallsAreBegunOnIt) {
  Ending in_vain;
  const uint64_t id = BeginInVain(in_vain, absl::Minutes(10));
  clock_.Advance(absl::Seconds(31));
  EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
  EXPECT_EQ(connections_, 2);
  EXPECT_FALSE(in_vain.ended());
  client_->Abort(id);
  EXPECT_EQ(in_vain.Wait().end, HttpEnd::kAborted);
  EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
  EXPECT_EQ(connections_, 2);
}

TEST_F(Http2PeerTest, AConnectionThatStillDeliversOutlivesACallThatWaitedInVain) {
  Gate answer;
  Serve([&](RawConnection& connection, uint32_t stream) {
    if (stream == 1) return true;
    if (stream == 3) answer.Pass();
    connection.Send(AnswerFrames(stream, kAnswer));
    return true;
  });
  HttpCall call = CallTo(peer_->Url());
  call.time_limits.first_content = absl::Seconds(10);
  Ending in_vain, neighbour;
  Begin(std::move(call), in_vain);
  while (requests_ < 1) Sync();
  clock_.Advance(absl::Seconds(5));
  Begin(CallTo(peer_->Url()), neighbour);
  answer.Open();
  EXPECT_EQ(neighbour.Wait().end, HttpEnd::kAnswered);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(in_vain.Wait().end, HttpEnd::kFirstContentTimeout);
  EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
  EXPECT_EQ(connections_, 1);
}

}  // namespace
}  // namespace lull
