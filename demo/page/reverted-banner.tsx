export interface RevertedBannerProps {
  maxTicketFailures: number
  onRetryTickets: () => void
}

export const RevertedBanner = ({ maxTicketFailures, onRetryTickets }: RevertedBannerProps) => (
  <div className="banner">
    <p>
      <strong>Reverted to JWT.</strong> Tickets failed {maxTicketFailures} times while the backend worked, so this page
      asks for none any more. Answers keep coming.
    </p>
    <button type="button" className="button" onClick={onRetryTickets}>
      Try tickets again
    </button>
  </div>
)
