// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Carries the entries of one ledger, in one order, as events.
///
/// What an entry says is judged by its readers: they check the signatures in it and fold it through
/// the same rules as everywhere else. The contract refuses what it can see without reading entries:
/// accounts that nobody enrolled, authors who may not say this kind, nonces used before, sizes out
/// of bounds, an entry made for another place in the order. An entry that passes here and breaks a
/// rule all the same is left out by every reader alike.
///
/// Each event holds the block of the one before it, so that history is walked back block by block,
/// and a link that commits to all before it, so that nothing on the way can be left out or changed.
///
/// A contract is never changed. A new one names this one as its predecessor and goes on from its
/// count and link; `succeed` then points to it, and this one takes nothing more.
contract Registry {
    /// What the sender states of an entry. Readers leave out an entry that says something else.
    struct Item {
        uint8 kind;
        bytes32 author; // keccak256 of the author's identifier
        bytes16 nonce;
        bytes32 subject; // keccak256 of whom it registers, suspends or reinstates; else zero
        bytes entry;
    }

    struct Head {
        uint64 count;
        uint64 last; // block of the newest entry
    }

    struct Anchored {
        uint64 size;
        uint64 last; // block of the newest anchor
    }

    event Entry(
        uint64 position,
        uint64 previous,
        uint64 time,
        uint8 kind,
        bytes32 author,
        bytes16 nonce,
        bytes32 subject,
        bytes32 link,
        bytes entry
    );
    event Anchor(bytes32 indexed origin, uint64 size, uint64 previous, uint64 time, bytes note);
    event Enrolled(address account, bytes32 author);
    event Assigned(bytes32 author, uint8 role);
    event Refreshed(uint64 time);
    event Succeeded(address next);

    error NotEnrolled(address account);
    error NotGovernance(address account);
    error NotForAuthor(bytes32 author);
    error UnknownAuthor(bytes32 author);
    error NotTheirs(uint8 kind);
    error Suspended(bytes32 author);
    error NonceUsed(bytes16 nonce);
    error BadSize(uint256 size);
    error BadSubject(bytes32 subject);
    error Taken(bytes32 subject);
    error NothingChanges(bytes32 subject);
    error Stale(uint64 count);
    error OutOfOrder(uint64 position);
    error Smaller(uint64 size);
    error Moved(address next);
    error NotSuccessor(address next);

    bytes32 public constant GOVERNANCE = keccak256("governance");
    uint256 public constant MAX_ENTRY = 65535;
    uint256 public constant MAX_ITEMS = 256;
    uint256 public constant MAX_NOTE = 8192;

    uint8 internal constant ISSUER = 1;
    uint8 internal constant VERIFIER = 2;
    uint8 internal constant SUSPENDED = 4;
    uint8 internal constant WRITTEN = 128; // here, and not in a predecessor

    uint8 internal constant ROOT = 1;
    uint8 internal constant ISSUER_REGISTER = 3;
    uint8 internal constant ISSUER_SUSPEND = 7;
    uint8 internal constant ISSUER_REINSTATE = 8;
    uint8 internal constant VERIFIER_REGISTER = 16;
    uint8 internal constant VERIFIER_SUSPEND = 18;
    uint8 internal constant VERIFIER_REINSTATE = 19;
    uint8 internal constant POLICY_REGISTER = 20;

    // Bit k: kind k is theirs to say. The tests compare these with the rules of the fold.
    uint256 public constant GOVERNANCE_KINDS = 0x1afe7de;
    uint256 public constant ISSUER_KINDS = 0x1a03a60;
    uint256 public constant VERIFIER_KINDS = 0x720000;

    Registry public immutable predecessor;
    uint64 public immutable start;
    bytes32 public immutable startLink;
    address public successor;

    Head internal _head;
    bytes32 internal _link;
    mapping(address => bytes32) public authorOf;
    mapping(bytes32 => uint8) internal _roles;
    mapping(bytes32 => bool) internal _used;
    mapping(bytes32 => Anchored) public anchored;

    /// @param before the contract to go on from, or zero for the first one.
    constructor(Registry before) {
        predecessor = before;
        authorOf[msg.sender] = GOVERNANCE;
        emit Enrolled(msg.sender, GOVERNANCE);
        if (address(before) == address(0)) {
            startLink = _link = keccak256(abi.encode(address(this)));
        } else {
            (uint64 count, uint64 last, bytes32 link, , , ) = before.head();
            start = count;
            startLink = _link = link;
            _head = Head(count, last);
        }
    }

    modifier onlyGovernance() {
        if (authorOf[msg.sender] != GOVERNANCE) revert NotGovernance(msg.sender);
        _;
    }

    /// Count and block of the newest entry, the link after it, and the contracts before and after.
    function head()
        external
        view
        returns (uint64 count, uint64 last, bytes32 link, uint64 from, Registry before, address next)
    {
        return (_head.count, _head.last, _link, start, predecessor, successor);
    }

    /// Whether the author used this nonce, here or in a predecessor.
    function used(bytes32 key) public view returns (bool) {
        return _used[key] || (address(predecessor) != address(0) && predecessor.used(key));
    }

    /// What is known of an author: issuer, verifier, suspended.
    function roleOf(bytes32 author) public view returns (uint8) {
        uint8 role = _roles[author];
        if (role == 0 && address(predecessor) != address(0)) return predecessor.roleOf(author);
        return role & ~WRITTEN;
    }

    /// Append entries at this place of the order, all of them or none.
    function append(uint64 position, Item[] calldata items) external {
        if (successor != address(0)) revert Moved(successor);
        Head memory before = _head;
        if (before.count != position) revert Stale(before.count);
        bytes32 mine = authorOf[msg.sender];
        if (mine == 0) revert NotEnrolled(msg.sender);
        if (items.length == 0 || items.length > MAX_ITEMS) revert BadSize(items.length);
        uint64 number = uint64(block.number);
        bytes32 link = _link;
        for (uint256 i = 0; i < items.length; i++) {
            Item calldata item = items[i];
            _take(item, mine, before.count);
            link = _emit(item, before.count, before.last, link);
            before = Head(before.count + 1, number);
        }
        _head = before;
        _link = link;
    }

    /// Keep a log's checkpoint. Sizes of one origin never go down.
    function anchor(bytes32 origin, uint64 size, bytes calldata note) external {
        if (successor != address(0)) revert Moved(successor);
        if (authorOf[msg.sender] == 0) revert NotEnrolled(msg.sender);
        if (note.length == 0 || note.length > MAX_NOTE) revert BadSize(note.length);
        Anchored memory before = anchored[origin];
        if (size == 0 || size < before.size) revert Smaller(before.size);
        anchored[origin] = Anchored(size, uint64(block.number));
        emit Anchor(origin, size, before.last, uint64(block.timestamp), note);
    }

    /// Let there be a block, on chains that make none without a transaction.
    function refresh() external {
        if (authorOf[msg.sender] == 0) revert NotEnrolled(msg.sender);
        emit Refreshed(uint64(block.timestamp));
    }

    /// Let an account write for one author, or for all with governance's; zero for none. Nobody
    /// changes its own account, so that one of governance's is always left.
    function enrol(address account, bytes32 author) external onlyGovernance {
        if (account == msg.sender) revert NothingChanges(author);
        authorOf[account] = author;
        emit Enrolled(account, author);
    }

    /// Set what is known of an author, where an entry that readers leave out had changed it.
    function assign(bytes32 author, uint8 role) external onlyGovernance {
        if (role > (ISSUER | VERIFIER | SUSPENDED)) revert BadSize(role);
        _roles[author] = role | WRITTEN;
        emit Assigned(author, role);
    }

    /// Point to the contract that goes on from here.
    function succeed(Registry next) external onlyGovernance {
        if (successor != address(0)) revert Moved(successor);
        if (
            address(next.predecessor()) != address(this) || next.start() != _head.count
                || next.startLink() != _link
        ) revert NotSuccessor(address(next));
        successor = address(next);
        emit Succeeded(address(next));
    }

    function _take(Item calldata item, bytes32 mine, uint64 position) internal {
        if (item.entry.length == 0 || item.entry.length > MAX_ENTRY) revert BadSize(item.entry.length);
        if ((position == 0) != (item.kind == ROOT)) revert OutOfOrder(position);
        if (mine != GOVERNANCE && mine != item.author) revert NotForAuthor(item.author);
        _checkAuthor(item.kind, item.author);
        bytes32 key = keccak256(abi.encode(item.author, item.nonce));
        if (used(key)) revert NonceUsed(item.nonce);
        _used[key] = true;
        _note(item.kind, item.subject);
    }

    function _checkAuthor(uint8 kind, bytes32 author) internal view {
        uint256 kinds = GOVERNANCE_KINDS;
        if (author != GOVERNANCE) {
            uint8 role = roleOf(author);
            if (role & (ISSUER | VERIFIER) == 0) revert UnknownAuthor(author);
            bool suspended = role & SUSPENDED != 0;
            // A suspended verifier still replaces its key and publishes what it has answered.
            if (suspended && (role & ISSUER != 0 || kind == POLICY_REGISTER)) revert Suspended(author);
            kinds = role & ISSUER != 0 ? ISSUER_KINDS : VERIFIER_KINDS;
        }
        if ((kinds >> kind) & 1 == 0) revert NotTheirs(kind);
    }

    /// What follows for the author whom the entry is about.
    function _note(uint8 kind, bytes32 subject) internal {
        uint8 role = 0;
        uint8 change = 0;
        if (kind == ISSUER_REGISTER || kind == VERIFIER_REGISTER) {
            role = kind == ISSUER_REGISTER ? ISSUER : VERIFIER;
            if (subject == 0) revert BadSubject(subject);
            if (subject == GOVERNANCE || roleOf(subject) != 0) revert Taken(subject);
            _roles[subject] = role | WRITTEN;
            return;
        }
        if (kind == ISSUER_SUSPEND || kind == ISSUER_REINSTATE) role = ISSUER;
        if (kind == VERIFIER_SUSPEND || kind == VERIFIER_REINSTATE) role = VERIFIER;
        if (role == 0) {
            if (subject != 0) revert BadSubject(subject);
            return;
        }
        if (kind == ISSUER_SUSPEND || kind == VERIFIER_SUSPEND) change = SUSPENDED;
        uint8 known = roleOf(subject);
        if (known & role == 0) revert UnknownAuthor(subject);
        if (known & SUSPENDED == change) revert NothingChanges(subject);
        _roles[subject] = role | change | WRITTEN;
    }

    function _emit(Item calldata item, uint64 position, uint64 previous, bytes32 link)
        internal
        returns (bytes32 next)
    {
        uint64 time = uint64(block.timestamp);
        next = keccak256(
            abi.encode(
                link, position, time, item.kind, item.author, item.nonce, item.subject,
                keccak256(item.entry)
            )
        );
        emit Entry(
            position, previous, time, item.kind, item.author, item.nonce, item.subject, next,
            item.entry
        );
    }
}
