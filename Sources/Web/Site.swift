/// Every address of the node.
enum Site {}
